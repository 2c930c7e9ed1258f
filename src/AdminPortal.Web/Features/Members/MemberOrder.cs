using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Members;

/// <summary>
/// The grid's orders. Each is the order of one index, forward or backward, and begins strictly after a key by comparing whole rows, so that
/// a page costs the same wherever it lies. https://www.postgresql.org/docs/current/functions-comparisons.html#ROW-WISE-COMPARISON
/// </summary>
public static class MemberOrder
{
    public static IQueryable<Member> Apply(IQueryable<Member> people, MemberSort sort, bool descending, MemberKey? from) =>
        descending ? Backward(from is null ? people : Before(people, sort, from), sort) : Forward(from is null ? people : After(people, sort, from), sort);

    private static IQueryable<Member> Forward(IQueryable<Member> people, MemberSort sort) => sort switch
    {
        MemberSort.Email => people.OrderBy(m => m.Email).ThenBy(m => m.Id),
        MemberSort.Role => people.OrderBy(m => m.Role).ThenBy(m => m.Name).ThenBy(m => m.Id),
        MemberSort.Joined => people.OrderBy(m => m.JoinedAt).ThenBy(m => m.Id),
        _ => people.OrderBy(m => m.Name).ThenBy(m => m.Id),
    };

    private static IQueryable<Member> Backward(IQueryable<Member> people, MemberSort sort) => sort switch
    {
        MemberSort.Email => people.OrderByDescending(m => m.Email).ThenByDescending(m => m.Id),
        MemberSort.Role => people.OrderByDescending(m => m.Role).ThenByDescending(m => m.Name).ThenByDescending(m => m.Id),
        MemberSort.Joined => people.OrderByDescending(m => m.JoinedAt).ThenByDescending(m => m.Id),
        _ => people.OrderByDescending(m => m.Name).ThenByDescending(m => m.Id),
    };

    private static IQueryable<Member> After(IQueryable<Member> people, MemberSort sort, MemberKey from) => sort switch
    {
        MemberSort.Email => people.Where(m => EF.Functions.GreaterThan(ValueTuple.Create(m.Email, m.Id), ValueTuple.Create(from.Text, from.Id))),
        MemberSort.Role => people.Where(m => EF.Functions.GreaterThan(ValueTuple.Create(m.Role, m.Name, m.Id), ValueTuple.Create(from.Text, from.Name, from.Id))),
        MemberSort.Joined => people.Where(m => EF.Functions.GreaterThan(ValueTuple.Create(m.JoinedAt, m.Id), ValueTuple.Create(from.At, from.Id))),
        _ => people.Where(m => EF.Functions.GreaterThan(ValueTuple.Create(m.Name, m.Id), ValueTuple.Create(from.Text, from.Id))),
    };

    private static IQueryable<Member> Before(IQueryable<Member> people, MemberSort sort, MemberKey from) => sort switch
    {
        MemberSort.Email => people.Where(m => EF.Functions.LessThan(ValueTuple.Create(m.Email, m.Id), ValueTuple.Create(from.Text, from.Id))),
        MemberSort.Role => people.Where(m => EF.Functions.LessThan(ValueTuple.Create(m.Role, m.Name, m.Id), ValueTuple.Create(from.Text, from.Name, from.Id))),
        MemberSort.Joined => people.Where(m => EF.Functions.LessThan(ValueTuple.Create(m.JoinedAt, m.Id), ValueTuple.Create(from.At, from.Id))),
        _ => people.Where(m => EF.Functions.LessThan(ValueTuple.Create(m.Name, m.Id), ValueTuple.Create(from.Text, from.Id))),
    };
}
