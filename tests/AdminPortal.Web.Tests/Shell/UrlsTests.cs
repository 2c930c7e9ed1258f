using AdminPortal.Web.Shell;

namespace AdminPortal.Web.Tests.Shell;

public sealed class UrlsTests
{
    [Theory]
    [InlineData("/members?q=a%20b", "/auth/sign-in?returnUrl=%2Fmembers%3Fq%3Da%2520b")]
    [InlineData("/", "/auth/sign-in")]
    [InlineData(null, "/auth/sign-in")]
    [InlineData("//evil.example", "/auth/sign-in")]
    [InlineData("/\\evil.example", "/auth/sign-in")]
    [InlineData("https://evil.example/", "/auth/sign-in")]
    [InlineData("/a\nb", "/auth/sign-in")]
    [InlineData("/members/\\\\evil", "/auth/sign-in")]
    [InlineData("javascript:alert(1)", "/auth/sign-in")]
    [InlineData("/\t/evil.example", "/auth/sign-in")]
    [InlineData("/members?q=\u00fc", "/auth/sign-in")]
    [InlineData("/\u007f", "/auth/sign-in")]
    [InlineData("", "/auth/sign-in")]
    [InlineData("/%2F%2Fevil.example", "/auth/sign-in?returnUrl=%2F%252F%252Fevil.example")]
    public void Sign_in_returns_only_to_a_path_of_this_host(string? returnUrl, string expected) => Assert.Equal(expected, Urls.SignIn(returnUrl));

    [Fact]
    public void Sign_in_returns_to_no_address_that_a_header_could_hardly_hold()
    {
        Assert.Equal(Urls.Overview, Urls.LocalOrOverview("/" + new string('a', 2048)));
        Assert.NotEqual(Urls.Overview, Urls.LocalOrOverview("/" + new string('a', 2047)));
    }

    [Theory]
    [InlineData("/members", "Members", "page")]
    [InlineData("/members/0f", "Members", "true")]
    [InlineData("/membersx", null, null)]
    [InlineData("/", "Overview", "page")]
    [InlineData("/welcome", null, null)]
    public void Navigation_marks_the_page_and_what_is_below_it(string path, string? title, string? current)
    {
        var item = NavItems.At(path);
        Assert.Equal((title, current), (item?.Title, item?.CurrentAt(path)));
    }

    [Fact]
    public void Pages_of_the_navigation_have_shortcuts_of_their_own() => Assert.Equal("aciloMmrs".ToLowerInvariant().Distinct().Order(), NavItems.All.Select(i => i.Key).Order());
}
