using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AdminPortal.Web.Features.Members;

public enum MemberSort
{
    Name,
    Email,
    Role,
    Joined,
}

/// <summary>
/// Where a page of the grid begins or ends: the sorted values of one row. In an address it is opaque, for example
/// <c>WyJOYW1lIiwiQWRhIExvdmVsYWNlIiwiIiwi…</c>; what does not parse, or belongs to another order, is no key.
/// </summary>
public sealed record MemberKey(MemberSort Sort, string Text, string Name, DateTimeOffset At, Guid Id)
{
    public static MemberKey Of(MemberSort sort, MemberRow row) => sort switch
    {
        MemberSort.Email => new(sort, row.Email, "", default, row.Id),
        MemberSort.Role => new(sort, row.Role, row.Name, default, row.Id),
        MemberSort.Joined => new(sort, "", "", row.JoinedAt, row.Id),
        _ => new(MemberSort.Name, row.Name, "", default, row.Id),
    };

    // Every script as its own letters, or a name of a hundred Chinese characters would make an address too long to be read back.
    private static readonly JsonSerializerOptions AsItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override string ToString() =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new[] { Sort.ToString(), Text, Name, At.UtcTicks.ToString("D", null), Id.ToString("N") }, AsItIs));

    public static MemberKey? Parse(string? opaque, MemberSort sort)
    {
        if (string.IsNullOrEmpty(opaque) || !Base64Url.IsValid(opaque)) return null;
        try
        {
            return JsonSerializer.Deserialize<string[]>(Base64Url.DecodeFromChars(opaque)) is [var name, { } text, { } second, var ticks, var id]
                && name == sort.ToString() && MemberSearch.IsStorable(text) && MemberSearch.IsStorable(second)
                && long.TryParse(ticks, out var at) && at >= 0 && at <= DateTimeOffset.MaxValue.UtcTicks && Guid.TryParseExact(id, "N", out var guid)
                ? new MemberKey(sort, text, second, new DateTimeOffset(at, TimeSpan.Zero), guid)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
