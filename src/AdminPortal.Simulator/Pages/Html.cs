using System.Text;
using System.Text.Encodings.Web;

namespace AdminPortal.Simulator.Pages;

/// <summary>The few pages that the simulator shows to people.</summary>
internal static class Html
{
    private const string Style = """
        :root{color-scheme:light}*{box-sizing:border-box}
        body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:#eef1f5;color:#161a23;font:16px/1.5 system-ui,sans-serif}
        main{width:100%;max-width:480px;background:#fff;border:1px solid #e3e7ed;border-radius:12px;padding:32px;box-shadow:0 8px 32px rgba(22,26,35,.08)}
        h1{font-size:24px;line-height:1.25;margin:0 0 8px}h2{font-size:16px;margin:24px 0 8px}p{margin:0 0 16px;color:#485163}
        .kind{font-size:13px;font-weight:600;color:#5d6678;margin:0 0 20px}ul{margin:0 0 16px;padding:0}
        .people{list-style:none;display:grid;gap:8px}.scopes{padding-left:20px;color:#485163}
        .person{display:flex;align-items:center;justify-content:space-between;gap:12px;padding:8px 12px;border:1px solid #e3e7ed;border-radius:8px}
        .person span{font-size:13px;color:#485163;text-align:right}
        button{font:inherit;font-weight:600;border:1px solid #cdd3dd;border-radius:8px;background:#fff;color:#2546b8;padding:8px 14px;cursor:pointer;text-align:left}
        button:hover{background:#edf2ff}button:focus-visible{outline:3px solid #2f55d4;outline-offset:2px}
        .plain{color:#485163}.error{color:#a51c28;background:#fdebec;border:1px solid #f3c1c5;border-radius:8px;padding:12px 14px}
        """;

    public static string E(string? text) => HtmlEncoder.Default.Encode(text ?? "");

    public static IResult Page(string title, string kind, string body, int status = 200) => Results.Content(
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{E(title)}</title><style>{Style}</style></head>
        <body><main><p class="kind">{E(kind)}</p><h1>{E(title)}</h1>{body}</main></body>
        </html>
        """,
        "text/html; charset=utf-8",
        Encoding.UTF8,
        status);

    public static string Hidden(IEnumerable<KeyValuePair<string, string>> fields) =>
        string.Concat(fields.Select(field => $"""<input type="hidden" name="{E(field.Key)}" value="{E(field.Value)}">"""));

    public static string WithQuery(string address, IEnumerable<KeyValuePair<string, string>> values) =>
        address + QueryString.Create(values.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)));
}
