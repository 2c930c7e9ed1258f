using System.Text.RegularExpressions;
using AdminPortal.Web.Features.Audit;

namespace AdminPortal.Web.Tests.Features.Audit;

public sealed partial class AuditWordsTests
{
    /// <summary>Everything that the code writes into the trail has words; a new action without them fails here, and so do words for nothing.</summary>
    [Fact]
    public void Known_is_exactly_what_the_portal_writes()
    {
        // "object.verb" as a literal, in the classes that make commands or audit entries.
        var written = Sources.Of("src/AdminPortal.Web").Where(file => file.Path.EndsWith(".cs", StringComparison.Ordinal) && (file.Text.Contains("new Command(", StringComparison.Ordinal) || file.Text.Contains("Command.New(", StringComparison.Ordinal) || file.Text.Contains("audit.Add(", StringComparison.Ordinal)))
            .SelectMany(file => Code().Matches(file.Text)).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.Contains("removal.requested", written);
        Assert.Contains("person.signed_in", written);
        Assert.Equal(written.Order(StringComparer.Ordinal), AuditWords.Known.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("removal.approved", AuditOutcome.Done, "Approved removal")]
    [InlineData("removal.approved", AuditOutcome.Refused, "Tried to approve removal")]
    [InlineData("removal.execute", AuditOutcome.Intended, "Began to remove member")]
    [InlineData("removal.execute", AuditOutcome.Failed, "Could not remove member")]
    [InlineData("badge.polished", AuditOutcome.Refused, "badge.polished")]
    public void Of_action_and_outcome_reads_as_a_sentence(string action, AuditOutcome outcome, string words) => Assert.Equal(words, AuditWords.Of(action, outcome));

    [Fact]
    public void InSentence_unknown_code_stays_as_it_is()
    {
        Assert.Equal("approved removal", AuditWords.InSentence("removal.approved", AuditOutcome.Done));
        Assert.Equal("Badge.polished", AuditWords.InSentence("Badge.polished", AuditOutcome.Done));
    }

    [Theory]
    [InlineData("""{"b":1,"a":"ü<"}""", "{\n  \"b\": 1,\n  \"a\": \"ü<\"\n}")]
    [InlineData("not json", "not json")]
    public void Pretty_details_keep_order_and_letters(string stored, string shown) => Assert.Equal(shown, AuditDetails.Pretty(stored).ReplaceLineEndings("\n"));

    [GeneratedRegex("\"((?:removals?|invitations?|connections?|organization|directory|sweep|members?|view|person|audit)\\.[a-z_]+)\"")]
    private static partial Regex Code();
}
