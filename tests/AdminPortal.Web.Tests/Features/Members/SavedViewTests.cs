using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Members;

public sealed class SavedViewTests(PostgresFixture postgres)
{
    private static readonly GridQuery Admins = new() { Role = "admin", Sort = "joined", Descending = true, Rows = 50, Columns = Names.Parse("name,joined") };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task View_is_saved_without_its_page_opened_renamed_and_discarded_by_its_owner_alone()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (views, vera, arjun) = (portal.Get<SavedViewService>(), await portal.PersonAsync("vera", Roles.Viewer), await portal.PersonAsync("arjun", Roles.Approver));

        var id = await views.SaveAsync(Guid.CreateVersion7(), "  Admins ", Admins.Next("key", 51), vera, Ct);

        var view = Assert.Single(await views.ListAsync(vera, Ct));
        Assert.Equal((id, "Admins"), (view.Id, view.Name));
        Assert.Equal(Admins, GridQuery.Parse(view.Address));
        Assert.Empty(await views.ListAsync(arjun, Ct));
        Assert.Equal("unknown_view", await RefusedAsync(() => views.RenameAsync(Guid.CreateVersion7(), id, "Mine", arjun, Ct)));
        Assert.Equal("unknown_view", await RefusedAsync(() => views.DiscardAsync(Guid.CreateVersion7(), id, arjun, Ct)));

        await views.RenameAsync(Guid.CreateVersion7(), id, "All admins", vera, Ct);
        Assert.Equal("All admins", Assert.Single(await views.ListAsync(vera, Ct)).Name);
        await views.DiscardAsync(Guid.CreateVersion7(), id, vera, Ct);
        Assert.Empty(await views.ListAsync(vera, Ct));
        await using var db = await portal.ContextAsync();
        Assert.Equal(["view.saved", "view.renamed", "view.discarded"],
            await db.AuditEntries.Where(e => e.ObjectId == id.ToString() && e.Outcome == AuditOutcome.Done).OrderBy(e => e.Sequence).Select(e => e.Action).ToListAsync(Ct));
    }

    [Fact]
    public async Task Name_that_exists_gets_the_new_list_and_a_repeated_click_does_nothing_twice()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (views, vera, click) = (portal.Get<SavedViewService>(), await portal.PersonAsync("vera", Roles.Viewer), Guid.CreateVersion7());

        var id = await views.SaveAsync(click, "Mine", Admins, vera, Ct);
        Assert.Equal(id, await views.SaveAsync(click, "Mine", Admins, vera, Ct));
        Assert.Equal(id, await views.SaveAsync(Guid.CreateVersion7(), "Mine", new GridQuery { Q = "kim" }, vera, Ct));

        Assert.Equal("kim", GridQuery.Parse(Assert.Single(await views.ListAsync(vera, Ct)).Address).Q);
        var other = await views.SaveAsync(Guid.CreateVersion7(), "Other", Admins, vera, Ct);
        Assert.Equal("name_taken", await RefusedAsync(() => views.RenameAsync(Guid.CreateVersion7(), other, "Mine", vera, Ct)));
    }

    [Theory]
    [InlineData(null, "name")]
    [InlineData("   ", "name")]
    [InlineData("a\0b", "text")]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901", "too_long")]
    public async Task Name_that_is_none_is_refused(string? name, string code)
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (views, vera) = (portal.Get<SavedViewService>(), await portal.PersonAsync("vera", Roles.Viewer));

        Assert.Equal(code, await RefusedAsync(() => views.SaveAsync(Guid.CreateVersion7(), name, Admins, vera, Ct)));
        Assert.Empty(await views.ListAsync(vera, Ct));
    }

    [Fact]
    public async Task Views_end_where_the_bound_is_also_when_two_come_at_once()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (views, vera) = (portal.Get<SavedViewService>(), await portal.PersonAsync("vera", Roles.Viewer));
        for (var n = 1; n < SavedView.Most; n++) await views.SaveAsync(Guid.CreateVersion7(), $"View {n:00}", Admins, vera, Ct);

        var codes = await Task.WhenAll(Enumerable.Range(0, 4).Select(async n =>
        {
            try
            {
                await views.SaveAsync(Guid.CreateVersion7(), $"Last {n}", Admins, vera, Ct);
                return "saved";
            }
            catch (RefusedException refused)
            {
                return refused.Refusal.Code;
            }
        }));

        Assert.Single(codes, "saved");
        Assert.All(codes.Where(code => code != "saved"), code => Assert.Contains(code, new[] { "too_many", "ix_saved_views_person_id_place" }));
        Assert.Equal(SavedView.Most, (await views.ListAsync(vera, Ct)).Count);
        Assert.Equal("too_many", await RefusedAsync(() => views.SaveAsync(Guid.CreateVersion7(), "One more", Admins, vera, Ct)));
    }

    [Fact]
    public async Task Columns_are_each_persons_own_and_only_what_exists_is_kept()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var (views, vera, arjun) = (portal.Get<SavedViewService>(), await portal.PersonAsync("vera", Roles.Viewer), await portal.PersonAsync("arjun", Roles.Approver));
        Assert.True((await views.ColumnsAsync(vera, Ct)).IsEmpty);

        await views.ChooseColumnsAsync(Names.Parse("zone,shoe"), vera, Ct);
        await views.ChooseColumnsAsync(Names.Parse("zone,email,shoe"), vera, Ct);

        Assert.Equal("email,name,zone", (await views.ColumnsAsync(vera, Ct)).ToString());
        Assert.True((await views.ColumnsAsync(arjun, Ct)).IsEmpty);
        await views.ChooseColumnsAsync(Names.None, vera, Ct);
        Assert.True((await views.ColumnsAsync(vera, Ct)).IsEmpty);
    }

    private static async Task<string> RefusedAsync(Func<Task> action) => (await Assert.ThrowsAsync<RefusedException>(action)).Refusal.Code;
}
