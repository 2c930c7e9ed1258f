using System.IO.Pipelines;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Members;

/// <summary>
/// Exports members, however many: the trail is told before the first row leaves, and again with how many did, also when it was broken off.
/// </summary>
public sealed partial class MemberExportService(
    MembersService members, UseCase useCase, AuditTrail audit, IDbContextFactory<PortalDbContext> contexts, ILogger<MemberExportService> logger) : IDisposable
{
    public const string BegunAction = "members.export_begun";
    public const string Action = "members.exported";

    /// <summary>At once, on this instance: each holds a connection to the database for as long as its reader takes.</summary>
    private const int MostAtOnce = 8;
    private const int RowsAtOnce = 100;

    private readonly SemaphoreSlim places = new(MostAtOnce);

    /// <param name="open">Called when the export is allowed and recorded; where the rows go.</param>
    /// <exception cref="RefusedException">Not allowed, or too many at once; <paramref name="open"/> has not been called.</exception>
    public async Task ExportAsync(MemberExport export, Actor actor, Func<PipeWriter> open, CancellationToken cancellationToken)
    {
        // Each has an id of its own: a command that comes back would be answered without asking for the right again.
        var command = Command.New(BegunAction, Permission.Export);
        if (!await places.WaitAsync(0, cancellationToken)) throw new RefusedException("busy", "Several exports are on their way already. Try again in a moment.");
        try
        {
            var details = Details(export);
            var by = actor;
            await useCase.RunAsync(command, actor, (work, _) =>
            {
                by = work.Actor;
                return Task.FromResult(new Done(About(command), command.Id, details));
            }, cancellationToken);
            await WriteAsync(export, command, by, details, open(), cancellationToken);
        }
        finally
        {
            places.Release();
        }
    }

    public void Dispose() => places.Dispose();

    private async Task WriteAsync(MemberExport export, Command command, Actor actor, ExportDetails details, PipeWriter output, CancellationToken cancellationToken)
    {
        var rows = 0;
        try
        {
            using var file = MemberFile.Of(export.Format, export.Fields, output);
            file.Begin();
            await foreach (var row in Rows(export, cancellationToken))
            {
                file.Write(row);
                if (++rows % RowsAtOnce == 0) await FlushAsync();
            }
            file.End();
            await FlushAsync();

            async Task FlushAsync()
            {
                file.Flush();
                // A reader that has gone is no reader; nobody else says so while the rows fit into the socket's buffer.
                if ((await output.FlushAsync(cancellationToken)).IsCompleted) throw new OperationCanceledException("The reader has gone.", cancellationToken);
            }
        }
        catch (Exception exception)
        {
            var brokenOff = exception is OperationCanceledException || cancellationToken.IsCancellationRequested;
            try
            {
                await RecordAsync(command, actor, AuditOutcome.Failed, details with { Rows = rows, Ended = brokenOff ? "broken_off" : "failed" });
            }
            catch (Exception away) when (DatabaseAway.Caused(away))
            {
                Log.NotRecorded(logger, command.Id, rows, away.GetType().Name);
            }
            throw;
        }
        // The file is whole for its reader only when the answer ends, and that is after this.
        await RecordAsync(command, actor, AuditOutcome.Done, details with { Rows = rows });
    }

    private IAsyncEnumerable<MemberRow> Rows(MemberExport export, CancellationToken cancellationToken)
    {
        var (sort, descending) = (MembersService.SortOf(export.Query), export.Query.Descending);
        return export.Selection is { Everybody: null } chosen
            ? members.ReadChosenAsync(chosen.Ids, sort, descending, cancellationToken)
            : members.ReadAllAsync(export.Filter, sort, descending, export.Selection?.Ids ?? [], cancellationToken);
    }

    private async Task RecordAsync(Command command, Actor actor, AuditOutcome outcome, ExportDetails details)
    {
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        var begun = await db.AuditEntries.Where(e => e.CommandId == command.Id).Select(e => (long?)e.Sequence).SingleOrDefaultAsync(CancellationToken.None);
        audit.Add(db, actor, Action, About(command), outcome, details, intent: begun);
        await db.SaveChangesAsync(CancellationToken.None);
    }

    private static AuditObject About(Command command) => new("export", command.Id.ToString(), "Members");

    private static ExportDetails Details(MemberExport export) => new(
        export.Filter.Query.ToUrl(""), export.Format, [.. export.Fields.Select(field => field.Name)],
        export.Selection is { Everybody: null } chosen ? chosen.Ids.Count : null, export.Selection is { Everybody: not null, Ids.Count: > 0 and var except } ? except : null);

    /// <param name="Filter">As the address says it; empty for everybody.</param>
    /// <param name="Chosen">How many were ticked one by one; then the filter says only where.</param>
    /// <param name="Except">How many of the filter were left out.</param>
    private sealed record ExportDetails(string Filter, ExportFormat Format, string[] Columns, int? Chosen, int? Except)
    {
        public int? Rows { get; init; }

        public string? Ended { get; init; }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Export {Export} ended after {Rows} rows, and the trail could not be told ({Reason})")]
        public static partial void NotRecorded(ILogger logger, Guid export, int rows, string reason);
    }
}
