using AdminPortal.Web.Features.Invitations;

namespace AdminPortal.Web.Tests.Features.Invitations;

public sealed class AddressListTests
{
    [Theory]
    [InlineData("a@x.example", "a@x.example")]
    [InlineData(" a@x.example,b@x.example;c@x.example\r\nd@x.example\te@x.example ", "a@x.example b@x.example c@x.example d@x.example e@x.example")]
    [InlineData("Jane Doe <jane@x.example>, <b@x.example>", "jane@x.example b@x.example")]
    [InlineData("\"Doe, Jane\" <jane@x.example> bob@x.example Carl <carl@x.example>", "jane@x.example bob@x.example carl@x.example")]
    [InlineData("", "")]
    public void Pasted_text_becomes_addresses(string text, string expected)
    {
        var list = AddressList.Parse(text);

        Assert.Equal(expected, string.Join(' ', list.Addresses));
        Assert.Empty(list.NotAddresses);
    }

    [Theory]
    [InlineData("a@x")]
    [InlineData("a@@x.example")]
    [InlineData("@x.example")]
    [InlineData("a@-x.example")]
    [InlineData("a@x..example")]
    [InlineData(".a@x.example")]
    [InlineData("a..b@x.example")]
    [InlineData("Jane")]
    [InlineData("a@x.example>")]
    public void What_is_no_address_is_pointed_out(string text) => Assert.Equal([text], AddressList.Parse($"good@x.example {text}").NotAddresses);

    [Fact]
    public void Repeated_address_counts_once_whatever_its_case()
    {
        var list = AddressList.Parse("a@x.example A@X.example a@x.example");

        Assert.Equal((1, 2), (list.Addresses.Count, list.Repeated));
    }
}
