using System.Globalization;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Directory;

/// <summary>A sweep that stopped because far more people are missing than usually leave.</summary>
/// <param name="Some">A few of their names.</param>
public sealed record SweepQuestion(Guid SweepId, int Missing, int Present, DateTimeOffset AskedAt, IReadOnlyList<string> Some)
{
    public static string Words(int missing, int present) =>
        $"Calendly’s list is missing {missing.ToString("N0", CultureInfo.InvariantCulture)} of {present.ToString("N0", CultureInfo.InvariantCulture)} people";
}

/// <summary>
/// What becomes of a sweep that asks. Either answer is harmless: nobody is marked as left without a direct read. So whoever may start a sync
/// may answer. Nobody has to: the next sync that is due takes its place, and asks again if it must.
/// </summary>
public sealed class SweepQuestionService(UseCase useCase, SweepPicture picture)
{
    /// <summary>"Check them one by one": the sweep goes on, with one read for each of the missing.</summary>
    /// <exception cref="RefusedException">Not allowed, or there is nothing to decide any more.</exception>
    public Task CheckAsync(Guid commandId, Guid sweepId, Actor actor, CancellationToken cancellationToken) =>
        AnswerAsync(new Command(commandId, "sweep.check_chosen", Permission.SyncNow), sweepId, actor, (work, _, token) => work.Db.Database.ExecuteSqlAsync($"""
            UPDATE sweeps SET state = {EnumText.Word(SweepState.Running)}, decided_by = {work.Person.Id}, decided_at = {work.Now}, lease_until = clock_timestamp()
            WHERE id = {sweepId}
            """, token), cancellationToken);

    /// <summary>"Keep the last picture": the sweep ends partial.</summary>
    /// <exception cref="RefusedException">Not allowed, or there is nothing to decide any more.</exception>
    public Task KeepAsync(Guid commandId, Guid sweepId, Actor actor, CancellationToken cancellationToken) =>
        AnswerAsync(new Command(commandId, "sweep.keep_chosen", Permission.SyncNow), sweepId, actor, (work, sweep, token) => picture.EndAsync(
            work.Db, sweepId, SweepState.Partial, $"{Words(sweep)}. {work.Person.Name} kept the last picture.", work.Now, null, token), cancellationToken);

    /// <summary>In the transaction that starts a newer sweep: an unanswered question ends here. Whoever answers at this moment comes first and is seen.</summary>
    public static async Task ReplaceAsync(PortalDbContext db, SweepPicture picture, string organizationUri, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var asking = await db.Sweeps.FromSql($"SELECT *, xmin FROM sweeps WHERE organization_uri = {organizationUri} AND state = 'asking' FOR UPDATE")
            .AsNoTracking().SingleOrDefaultAsync(cancellationToken);
        if (asking is null) return;
        await picture.EndAsync(db, asking.Id, SweepState.Partial, $"{Words(asking)}. Nobody decided before the next sync began.", now, null, cancellationToken);
    }

    private Task AnswerAsync(Command command, Guid sweepId, Actor actor, Func<Work, Sweep, CancellationToken, Task> body, CancellationToken cancellationToken) =>
        useCase.RunAsync(command, actor, async (work, token) =>
        {
            // Whoever starts the next sweep ends this one first: they wait here, or it is gone already.
            var sweep = await work.Db.Sweeps.FromSql($"SELECT *, xmin FROM sweeps WHERE id = {sweepId} FOR UPDATE").AsNoTracking().SingleOrDefaultAsync(token);
            if (sweep is not { State: SweepState.Asking }) throw new RefusedException("not_asking", "This was decided already, or a newer sync has begun. Nothing was changed.");
            await body(work, sweep, token);
            return new Done(new AuditObject("sweep", sweepId.ToString(), Words(sweep)), sweepId, new { sweep.Missing, sweep.Present });
        }, cancellationToken);

    private static string Words(Sweep sweep) => SweepQuestion.Words(sweep.Missing ?? 0, sweep.Present ?? 0);
}
