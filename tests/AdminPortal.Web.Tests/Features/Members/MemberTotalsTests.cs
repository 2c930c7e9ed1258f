using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Members;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace AdminPortal.Web.Tests.Features.Members;

public sealed class MemberTotalsTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Total_is_counted_once_and_again_after_a_member_was_written()
    {
        await using var lists = await MemberLists.CloneAsync(postgres, Ct);
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:Portal", lists.Database.AppConnectionString)]).Build();
        using var doorbell = new Doorbell(settings, TimeProvider.System, NullLogger<Doorbell>.Instance);
        await doorbell.StartAsync(Ct);
        await Eventually.TrueAsync(() => Task.FromResult(doorbell.Rings(Topic.Members) == 1), Ct);
        var totals = new MemberTotals(lists.Members, doorbell);

        await using var db = lists.CreateDbContext();
        db.Add(MemberLists.Member("M1", "Ada", "ada@example.com"));
        await db.SaveChangesAsync(Ct);
        await Eventually.TrueAsync(() => Task.FromResult(doorbell.Rings(Topic.Members) == 2), Ct);
        Assert.Equal(1, (await totals.CountAsync(new("ada"), Ct)).All);
        var counted = lists.Statements;
        Assert.Equal(1, (await totals.CountAsync(new("ada", Role: "user"), Ct)).All);
        Assert.Equal(counted, lists.Statements);

        db.Add(MemberLists.Member("M2", "Adam", "adam@example.com"));
        await db.SaveChangesAsync(Ct);
        await Eventually.TrueAsync(() => Task.FromResult(doorbell.Rings(Topic.Members) == 3), Ct);
        Assert.Equal(2, (await totals.CountAsync(new("ada"), Ct)).All);
        await doorbell.StopAsync(Ct);
    }
}
