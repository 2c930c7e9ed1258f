using System.Text.Json;
using AdminPortal.Web.Features.Removals;
using CsCheck;

namespace AdminPortal.Web.Tests.Features.Removals;

public sealed class CanonicalJsonTests
{
    [Fact]
    public void Text_members_are_sorted_by_utf16_units_and_escaped_as_the_rfc_says()
    {
        // From RFC 8785, 3.2.3, without its number member.
        var value = new Dictionary<string, object?>
        {
            ["\u20ac"] = "Euro Sign",
            ["\r"] = "Carriage Return",
            ["\ufb33"] = "Hebrew Letter Dalet With Dagesh",
            ["1"] = "One",
            ["\ud83d\ude00"] = "Emoji: Grinning Face",
            ["\u0080"] = "Control",
            ["\u00f6"] = "Latin Small Letter O With Diaeresis",
        };
        Assert.Equal(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"\u00f6\":\"Latin Small Letter O With Diaeresis\","
            + "\"\u20ac\":\"Euro Sign\",\"\ud83d\ude00\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
            CanonicalJson.Text(value));
        Assert.Equal("[1,-20,null,\"\\u000f\\n\\\"\\\\/\"]", CanonicalJson.Text(new object?[] { 1, -20L, null, "\u000f\n\"\\/" }));
    }

    [Fact]
    public void Bytes_lone_surrogate_is_refused() =>
        Assert.ThrowsAny<ArgumentException>(() => CanonicalJson.Bytes("\ud800"));

    [Fact]
    public void Text_any_string_survives_a_standard_parser() =>
        Gen.String.Where(s => !s.Any(char.IsSurrogate)).Sample(text =>
            Assert.Equal(text, JsonSerializer.Deserialize<string>(CanonicalJson.Text(text))));

    [Fact]
    public void Fingerprint_any_approved_value_changed_changes_it()
    {
        var requester = Requests.Human("requester");
        var request = Requests.New(requester);
        var text = CanonicalJson.Utf8.GetString(request.Canonical);
        foreach (var value in (string[])[request.Id.ToString(), "1001", request.OrganizationUri, requester.ObjectId, request.ActingCalendlyUser,
            request.Items[0].MembershipUri, request.Items[0].UserUri, request.Items[0].Email, request.Items[0].Role, request.Reason, Convert.ToHexStringLower(request.PolicyHash)])
            Assert.Contains(value, text, StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{4}( [0-9a-f]{4}){3}$", RemovalFingerprint.Short(request.Fingerprint));
    }
}
