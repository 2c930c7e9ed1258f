using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Members;

public sealed class MemberExportTests(PostgresFixture postgres)
{
    private const int Many = 20_000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>While its reader waits the server still has rows to send: nobody in between has them.</summary>
    [Fact]
    public async Task Export_sends_the_first_rows_before_the_database_has_sent_the_last()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var auditor = await ManyAsync(portal);
        var pipe = new Pipe();

        var exporting = portal.Get<MemberExportService>().ExportAsync(new(new(), null, ExportFormat.Csv), auditor, () => pipe.Writer, Ct);
        var first = await pipe.Reader.ReadAtLeastAsync(1000, Ct);

        Assert.StartsWith("\"Name\",\"Email\",\"Role\",", Encoding.UTF8.GetString(first.Buffer.FirstSpan[..80]), StringComparison.Ordinal);
        pipe.Reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        // What nobody takes is not read either: the rest is far more than the pipe holds.
        Assert.False(exporting.IsCompleted);

        var rest = ReadAsync(pipe.Reader);
        await exporting;
        await pipe.Writer.CompleteAsync();
        var lines = (await rest).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Many + 1, lines.Length);
        Assert.Equal(Many, lines.Skip(1).Distinct().Count());
        var (begun, ended) = await TrailAsync(portal);
        Assert.Equal((AuditOutcome.Done, AuditOutcome.Done, begun.Sequence), (begun.Outcome, ended!.Outcome, ended.IntentSequence));
        Assert.Equal(Many, Details(ended).GetProperty("rows").GetInt32());
    }

    [Fact]
    public async Task Export_that_is_broken_off_says_so_in_the_trail_with_the_rows_that_left()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var auditor = await ManyAsync(portal);
        var pipe = new Pipe();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Ct);

        var exporting = portal.Get<MemberExportService>().ExportAsync(new(new() { Q = "person" }, null, ExportFormat.Json), auditor, () => pipe.Writer, gone.Token);
        await pipe.Reader.ReadAtLeastAsync(1000, Ct);
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exporting);
        var (begun, ended) = await TrailAsync(portal);
        Assert.Equal((AuditOutcome.Failed, "broken_off"), (ended!.Outcome, Details(ended).GetProperty("ended").GetString()));
        Assert.InRange(Details(ended).GetProperty("rows").GetInt32(), 1, Many - 1);
        Assert.Equal("?q=person", Details(begun).GetProperty("filter").GetString());
    }

    [Fact]
    public async Task Export_is_refused_to_whoever_may_not_and_nothing_is_opened()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var viewer = await portal.PersonAsync("vera", Roles.Viewer);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => portal.Get<MemberExportService>().ExportAsync(new(new(), null, ExportFormat.Csv), viewer, () => throw new InvalidOperationException("opened"), Ct));

        Assert.Equal("role", refused.Refusal.Code);
        await using var db = await portal.ContextAsync();
        Assert.Equal(AuditOutcome.Refused, (await db.AuditEntries.SingleAsync(e => e.Action == MemberExportService.BegunAction, Ct)).Outcome);
    }

    [Fact]
    public async Task Export_holds_the_list_or_the_selection_in_the_lists_order_with_its_columns_and_the_identifiers()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var olivia = await portal.PersonAsync("olivia", Roles.Operator);
        var (ada, bela, cleo) = (await portal.MemberAsync("ada", "admin"), await portal.MemberAsync("bela"), await portal.MemberAsync("cleo"));
        await portal.MemberAsync("gone", left: true);
        await using (var db = await portal.ContextAsync())
        {
            db.Changes.Add(new() { OrganizationUri = SeededPortal.OrganizationUri, Kind = ChangeKind.RoleChanged, MemberId = ada.Id, Subject = "ada", SeenAt = portal.Clock.GetUtcNow(), Origin = ChangeOrigin.OutOfBand });
            await db.SaveChangesAsync(Ct);
        }
        MemberSelection chosen = new(), everybody = new();
        foreach (var id in new[] { cleo.Id, ada.Id, Guid.CreateVersion7() }) chosen.Set(id, true);
        everybody.SelectAll(new(), 3);
        everybody.Set(bela.Id, false);

        Assert.Equal(["ada", "bela", "cleo"], await NamesAsync(new(new(), null, ExportFormat.Json)));
        Assert.Equal(["cleo", "bela", "ada"], await NamesAsync(new(new() { Sort = "name", Descending = true }, null, ExportFormat.Json)));
        Assert.Equal(["ada"], await NamesAsync(new(new() { Role = "admin" }, null, ExportFormat.Json)));
        Assert.Equal(["gone"], await NamesAsync(new(new() { Status = "left" }, null, ExportFormat.Json)));
        Assert.Equal(["ada", "cleo"], await NamesAsync(new(new() { Q = "bela" }, chosen, ExportFormat.Json)));
        Assert.Equal(["ada", "cleo"], await NamesAsync(new(new(), everybody, ExportFormat.Json)));

        var row = (await JsonAsync(new(new() { Role = "admin", Columns = AdminPortal.Web.Shell.Names.Parse("zone,change") }, null, ExportFormat.Json)))[0];
        Assert.Equal(["name", "lastChange", "lastChangeSeenAt", "timeZone", "membershipUri", "userUri", "id"], row.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("Role changed", "2026-11-23T14:05:00Z", JsonValueKind.Null, ada.Uri, ada.Id), (row.GetProperty("lastChange").GetString(),
            row.GetProperty("lastChangeSeenAt").GetString(), row.GetProperty("timeZone").ValueKind, row.GetProperty("membershipUri").GetString(), row.GetProperty("id").GetGuid()));

        async Task<IEnumerable<string?>> NamesAsync(MemberExport export) => (await JsonAsync(export)).EnumerateArray().Select(member => member.GetProperty("name").GetString()).ToList();
        async Task<JsonElement> JsonAsync(MemberExport export) => JsonSerializer.Deserialize<JsonElement>(await TextAsync(portal, olivia, export));
    }

    [Fact]
    public async Task Spreadsheet_finds_no_formula_in_what_people_are_called_and_json_has_the_value_itself()
    {
        await using var portal = await SeededPortal.StartAsync(postgres);
        var olivia = await portal.PersonAsync("olivia", Roles.Operator);
        string[] names = ["=HYPERLINK(\"http://evil.example\";\"x\")", "+1", "-2", "@SUM(A1)", "\tTab", "  =1+1", "\uFF1D1", "Ada \"The\" Ünal, Dr.", "Line\r\nbreak"];
        await using (var db = await portal.ContextAsync())
        {
            foreach (var (n, name) in names.Index())
                db.Members.Add(new() { Uri = $"m{n}", OrganizationUri = "o", UserUri = $"u{n}", Role = "user", Name = name, Email = $"{n}@example.com", JoinedAt = portal.Clock.GetUtcNow(), UpdatedAt = portal.Clock.GetUtcNow() });
            await db.SaveChangesAsync(Ct);
        }
        var list = new GridQuery { Sort = "email", Columns = AdminPortal.Web.Shell.Names.Parse("email") };

        var excel = await TextAsync(portal, olivia, new(list, null, ExportFormat.Excel));
        var csv = await TextAsync(portal, olivia, new(list, null, ExportFormat.Csv));
        var json = JsonSerializer.Deserialize<JsonElement>(await TextAsync(portal, olivia, new(list, null, ExportFormat.Json)));

        Assert.Equal('\uFEFF', excel[0]);
        Assert.Equal(csv, excel[1..]);
        Assert.Equal(names.Select(name => name is "Ada \"The\" Ünal, Dr." or "Line\r\nbreak" ? name : $"'{name}"), Cells(csv).Skip(1).Select(cells => cells[0]));
        Assert.Equal(names, json.EnumerateArray().Select(member => member.GetProperty("name").GetString()));
    }

    /// <summary>RFC 4180, as a reader that knows nothing of who wrote it.</summary>
    private static List<List<string>> Cells(string csv)
    {
        List<List<string>> lines = [];
        List<string> line = [];
        var cell = new StringBuilder();
        for (var at = 0; at < csv.Length; at++)
        {
            Assert.Equal('"', csv[at]);
            for (at++; csv[at] != '"' || csv.ElementAtOrDefault(at + 1) == '"'; at++)
            {
                if (csv[at] == '"') at++;
                cell.Append(csv[at]);
            }
            line.Add(cell.ToString());
            cell.Clear();
            if (csv[++at] == ',') continue;
            Assert.Equal("\r\n", csv[at..(at + 2)]);
            at++;
            lines.Add(line);
            line = [];
        }
        return lines;
    }

    private static async Task<string> TextAsync(SeededPortal portal, Actor actor, MemberExport export)
    {
        var pipe = new Pipe();
        var reading = ReadAsync(pipe.Reader);
        await portal.Get<MemberExportService>().ExportAsync(export, actor, () => pipe.Writer, Ct);
        await pipe.Writer.CompleteAsync();
        return await reading;
    }

    private static async Task<string> ReadAsync(PipeReader reader)
    {
        await using var stream = reader.AsStream();
        using var text = new StreamReader(stream, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
        return await text.ReadToEndAsync(Ct);
    }

    private static async Task<Actor> ManyAsync(SeededPortal portal)
    {
        await using var db = await portal.ContextAsync();
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO members (id, uri, organization_uri, user_uri, role, name, email, joined_at, updated_at)
            SELECT gen_random_uuid(), 'https://api.calendly.com/organization_memberships/' || n, 'o', 'https://api.calendly.com/users/' || n, 'user', 'Person ' || n, n || '@example.com', now(), now()
            FROM generate_series(1, {Many}) AS n
            """, Ct);
        return await portal.PersonAsync("audrey", Roles.Auditor);
    }

    private static async Task<(AuditEntry Begun, AuditEntry? Ended)> TrailAsync(SeededPortal portal)
    {
        await using var db = await portal.ContextAsync();
        var entries = await db.AuditEntries.AsNoTracking().Where(e => e.ObjectType == "export").OrderBy(e => e.Sequence).ToListAsync(Ct);
        return (entries[0], entries.ElementAtOrDefault(1));
    }

    private static JsonElement Details(AuditEntry entry) => JsonSerializer.Deserialize<JsonElement>(entry.Details!);
}
