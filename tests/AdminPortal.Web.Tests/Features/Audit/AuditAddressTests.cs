using AdminPortal.Web.Features.Audit;

namespace AdminPortal.Web.Tests.Features.Audit;

public sealed class AuditAddressTests
{
    [Fact]
    public void Parse_written_address_comes_back()
    {
        const string Url = "/audit?q=Ana%20%26%20co&rows=50&after=77&n=51&who=oid-1&action=removal.approved&outcome=refused&open=76";
        var address = AuditAddress.Parse("http://localhost" + Url);
        Assert.Equal(Url, address.ToUrl());
        Assert.Equal(new AuditFilter("Ana & co", "oid-1", "removal.approved", AuditOutcome.Refused, 50, Below: 77), address.ToFilter());
    }

    [Theory]
    [InlineData("?outcome=Refused")]
    [InlineData("?outcome=3")]
    [InlineData("?outcome=refused&outcome=done")]
    [InlineData("?after=x")]
    [InlineData("?after=-5")]
    [InlineData("?after=99999999999999999999999")]
    [InlineData("?after=9223372036854775807")]
    [InlineData("?after=1&before=2")]
    [InlineData("?open=1e3")]
    [InlineData("?who=")]
    [InlineData("?who=a%00b")]
    [InlineData("?rows=26&n=0")]
    [InlineData("")]
    public void Parse_nonsense_shows_the_first_page(string query)
    {
        Assert.Equal(new AuditFilter(), AuditAddress.Parse($"http://localhost/audit{query}").ToFilter());
        Assert.NotEqual(new AuditFilter(), AuditAddress.Parse("http://localhost/audit?after=5").ToFilter());
    }

    [Fact]
    public void Filters_changed_begin_at_the_first_page_again()
    {
        var address = AuditAddress.Parse("http://localhost/audit?after=77&n=51&open=76&q=a");
        foreach (var changed in (AuditAddress[])[address.By("oid"), address.Doing("audit.read"), address.Ending(AuditOutcome.Done), address.Search("b"), address.WithRows(100)])
        {
            Assert.Null(changed.ToFilter().Below);
            Assert.Null(changed.Open);
            Assert.Equal(1, changed.Grid.N);
        }
        Assert.Equal("/audit", address.By("x").By("").Search(null).ToUrl());
    }

    [Fact]
    public void Pages_carry_the_number_of_their_first_row()
    {
        var first = AuditAddress.Parse("http://localhost/audit");
        var second = first.Older(100);
        Assert.Equal((26, 100L), (second.Grid.N, second.ToFilter().Below));
        Assert.Equal((1, 75L), (second.Newer(75).Grid.N, second.Newer(75).ToFilter().Above));
    }
}
