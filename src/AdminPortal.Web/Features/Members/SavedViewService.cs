using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Members;

/// <summary>The lists and the columns that a person has made their own. Nobody else sees them; a view's address can be given to anybody.</summary>
public sealed class SavedViewService(IDbContextFactory<PortalDbContext> contexts, UseCase useCase)
{
    public async Task<IReadOnlyList<SavedView>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var me = Me(db, actor);
        return await db.SavedViews.AsNoTracking().Where(v => me.Contains(v.PersonId)).OrderBy(v => v.Name).Take(SavedView.Most).ToListAsync(cancellationToken);
    }

    /// <summary>A name that exists already gets the new list.</summary>
    /// <exception cref="RefusedException">Without a name, too long, or too many.</exception>
    public Task<Guid> SaveAsync(Guid commandId, string? name, GridQuery query, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, "view.saved", Permission.Read), actor, async (work, ct) =>
        {
            var (named, address) = (Named(name), query.First().ToUrl(Urls.Members));
            var mine = await work.Db.SavedViews.Where(v => v.PersonId == work.Person.Id).ToListAsync(ct);
            var view = mine.Find(v => v.Name == named);
            if (view is null)
            {
                var free = Enumerable.Range(1, SavedView.Most).Except(mine.Select(v => v.Place)).FirstOrDefault();
                if (free == 0) throw new RefusedException("too_many", $"You have {SavedView.Most} views, and no more are kept. Discard one first.");
                work.Db.SavedViews.Add(view = new() { PersonId = work.Person.Id, Name = named, Address = address, Place = free, SavedAt = work.Now });
            }
            (view.Address, view.SavedAt) = (address, work.Now);
            return new Done(About(view), view.Id, new { view.Address });
        }, cancellationToken);

    public Task<Guid> RenameAsync(Guid commandId, Guid viewId, string? name, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, "view.renamed", Permission.Read), actor, async (work, ct) =>
        {
            var (view, named) = (await MineAsync(work, viewId, ct), Named(name));
            if (await work.Db.SavedViews.AnyAsync(v => v.PersonId == work.Person.Id && v.Name == named && v.Id != viewId, ct))
                throw new RefusedException("name_taken", $"You have a view named {named} already.");
            var before = new { Before = view.Name };
            view.Name = named;
            return new Done(About(view), view.Id, before);
        }, cancellationToken);

    public Task<Guid> DiscardAsync(Guid commandId, Guid viewId, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, "view.discarded", Permission.Read), actor, async (work, ct) =>
        {
            var view = await MineAsync(work, viewId, ct);
            work.Db.SavedViews.Remove(view);
            return new Done(About(view), view.Id, new { view.Address });
        }, cancellationToken);

    /// <summary>None: the usual ones.</summary>
    public async Task<Names> ColumnsAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var me = Me(db, actor);
        return Names.Parse(await db.ColumnChoices.Where(c => me.Contains(c.PersonId)).Select(c => c.Columns).SingleOrDefaultAsync(cancellationToken));
    }

    /// <summary>
    /// How somebody's own screen looks is no event for the trail, and the last choice wins however often it arrives, so it needs no command.
    /// </summary>
    /// <returns>What is kept.</returns>
    public async Task<Names> ChooseColumnsAsync(Names columns, Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var me = Me(db, actor);
        if (columns.IsEmpty) await db.ColumnChoices.Where(c => me.Contains(c.PersonId)).ExecuteDeleteAsync(cancellationToken);
        else
        {
            columns = MemberColumns.Known(columns);
            await db.Database.ExecuteSqlAsync($"""
                INSERT INTO column_choices (person_id, columns)
                SELECT id, {columns.ToString()} FROM people WHERE object_id = {actor.ObjectId} AND tenant_id = {actor.TenantId} AND blocked_at IS NULL
                ON CONFLICT (person_id) DO UPDATE SET columns = excluded.columns
                """, cancellationToken);
        }
        return columns;
    }

    private static IQueryable<Guid> Me(PortalDbContext db, Actor actor) => db.People.Where(p => p.ObjectId == actor.ObjectId && p.TenantId == actor.TenantId).Select(p => p.Id);

    private static async Task<SavedView> MineAsync(Work work, Guid viewId, CancellationToken cancellationToken) =>
        await work.Db.SavedViews.SingleOrDefaultAsync(v => v.Id == viewId && v.PersonId == work.Person.Id, cancellationToken)
            ?? throw new RefusedException("unknown_view", "You have no such view any more.");

    private static string Named(string? name) =>
        string.IsNullOrWhiteSpace(name) ? throw new RefusedException("name", "Give the view a name.") : FreeText.Require(name, "name", 1, SavedView.LongestName);

    private static AuditObject About(SavedView view) => new("view", view.Id.ToString(), view.Name);
}
