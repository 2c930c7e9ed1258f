using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AdminPortal.Web.Features.Members;

/// <summary>Writes rows as they come; nothing of what has been written stays in memory.</summary>
internal abstract class MemberFile(IReadOnlyList<ExportField> fields) : IDisposable
{
    protected IReadOnlyList<ExportField> Fields { get; } = fields;

    public static MemberFile Of(ExportFormat format, IReadOnlyList<ExportField> fields, PipeWriter output) =>
        format == ExportFormat.Json ? new JsonMemberFile(fields, output) : new CsvMemberFile(fields, output, withMark: format == ExportFormat.Excel);

    public abstract void Begin();

    public abstract void Write(MemberRow row);

    /// <summary>Hands over what has been written so far.</summary>
    public virtual void Flush()
    {
    }

    public abstract void End();

    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>
/// CSV as in RFC 4180, every cell quoted. A spreadsheet takes a cell that begins with = + - @, a tab or a line end for a formula and runs it,
/// so such a cell begins with an apostrophe: https://owasp.org/www-community/attacks/CSV_Injection. JSON has the value itself.
/// </summary>
internal sealed class CsvMemberFile(IReadOnlyList<ExportField> fields, PipeWriter output, bool withMark) : MemberFile(fields)
{
    // The last four are the full-width forms, which some spreadsheets take for the plain ones.
    private static readonly SearchValues<char> BeginsFormula = SearchValues.Create("=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20");

    public override void Begin()
    {
        if (withMark) Put("\uFEFF");
        Line(Fields.Select(field => field.Title));
    }

    public override void Write(MemberRow row) => Line(Fields.Select(field => field.Value(row)));

    public override void End()
    {
    }

    /// <summary>Spaces before it do not make a formula harmless everywhere.</summary>
    internal static string Safe(string cell) => cell.AsSpan().TrimStart(' ') is [var first, ..] && BeginsFormula.Contains(first) ? $"'{cell}" : cell;

    private void Line(IEnumerable<string?> cells)
    {
        var next = false;
        foreach (var cell in cells)
        {
            Put(next ? ",\"" : "\"");
            Put(Safe(cell ?? "").Replace("\"", "\"\"", StringComparison.Ordinal));
            Put("\"");
            next = true;
        }
        Put("\r\n");
    }

    private void Put(string text) => Encoding.UTF8.GetBytes(text, output);
}

/// <summary>An array of objects; what is not known is null.</summary>
internal sealed class JsonMemberFile(IReadOnlyList<ExportField> fields, PipeWriter output) : MemberFile(fields)
{
    private readonly Utf8JsonWriter json = new(output, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true });

    public override void Begin() => json.WriteStartArray();

    public override void Write(MemberRow row)
    {
        json.WriteStartObject();
        foreach (var field in Fields) json.WriteString(field.Name, field.Value(row));
        json.WriteEndObject();
    }

    public override void Flush() => json.Flush();

    public override void End()
    {
        json.WriteEndArray();
        json.Flush();
    }

    public override void Dispose()
    {
        json.Dispose();
        base.Dispose();
    }
}
