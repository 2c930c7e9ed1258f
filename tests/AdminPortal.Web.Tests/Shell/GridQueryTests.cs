using AdminPortal.Web.Shell;
using CsCheck;

namespace AdminPortal.Web.Tests.Shell;

public sealed class GridQueryTests
{
    private const string Letters = "abcXYZ019 &=+%#?/łß漢\"@.-_";

    private static readonly Gen<string?> Text =
        Gen.String[Gen.Char[Letters], 0, 40].Select(s => s.Trim() is { Length: > 0 } trimmed ? trimmed : null);

    private static readonly Gen<GridQuery> Queries =
        from q in Text
        from role in Text
        from status in Text
        from has in Gen.Int[0, 2].Select(i => new[] { "invitation", "removal", "other" }[i]).Array[0, 3]
        from since in Gen.Int[0, 20_000].Select(day => day == 0 ? (DateOnly?)null : DateOnly.FromDayNumber(730_000 + day))
        from cols in Gen.Int[0, 2].Select(i => new[] { "name", "email", "zone" }[i]).Array[0, 3]
        from sort in Text
        from down in Gen.Bool
        from rows in Gen.Int[0, 2].Select(i => GridQuery.RowChoices[i])
        from key in Text
        from isAfter in Gen.Bool
        from n in Gen.Long[1, 1_000_000]
        select new GridQuery
        {
            Q = q,
            Role = role,
            Status = status,
            Has = has.Aggregate(Names.None, (names, name) => names.With(name, true)),
            Since = since,
            Columns = cols.Aggregate(Names.None, (names, name) => names.With(name, true)),
            Sort = sort,
            Descending = sort is not null && down,
            Rows = rows,
            After = isAfter ? key : null,
            Before = isAfter ? null : key,
            N = key is null ? 1 : n,
        };

    [Fact]
    public void Query_survives_the_way_through_the_address() =>
        Queries.Sample(query => Assert.Equal(query, GridQuery.Parse(new Uri("http://localhost" + query.ToUrl(Urls.Members)))));

    [Fact]
    public void Query_that_is_all_garbage_shows_the_first_page() =>
        Gen.String.Sample(garbage =>
        {
            var query = GridQuery.Parse("/members?" + garbage);
            Assert.Contains(query.Rows, GridQuery.RowChoices);
            Assert.True(query.N >= 1);
            Assert.False(query.After is not null && query.Before is not null);
            Assert.Equal(query, GridQuery.Parse(query.ToUrl(Urls.Members)));
        });

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("?rows=26&n=-3&dir=sideways&q=%20%20")]
    [InlineData("?rows=99999999999999999999&n=1e9&after=&before=")]
    [InlineData("?after=a&before=b")]
    [InlineData("?q=one&q=two")]
    [InlineData("?has=,,%27;&since=yesterday")]
    [InlineData("?has=&since=2026-13-01")]
    [InlineData("?n=50")]
    [InlineData("?dir=desc")]
    [InlineData("#?q=x")]
    public void Query_that_does_not_parse_is_the_default(string query) => Assert.Equal(new GridQuery(), GridQuery.Parse("/members" + query));

    [Fact]
    public void Text_that_is_too_long_is_dropped() => Assert.Null(GridQuery.Parse("/members?q=" + new string('x', 500)).Q);

    [Fact]
    public void Defaults_are_left_out_of_the_address() => Assert.Equal("/members", new GridQuery().ToUrl(Urls.Members));

    [Fact]
    public void Address_lists_its_parameters_in_the_order_of_the_contract() =>
        Assert.Equal(
            "/members?q=brandt&role=admin&has=invitation%2Cremoval&since=2026-11-01&sort=name&dir=desc&rows=50&after=k&n=51",
            new GridQuery { Q = "brandt", Role = "admin", Has = Names.Parse("removal,invitation,removal"), Since = new(2026, 11, 1), Sort = "name", Descending = true, Rows = 50, After = "k", N = 51 }.ToUrl(Urls.Members));

    [Fact]
    public void Sort_goes_ascending_then_descending_then_away()
    {
        var first = new GridQuery { After = "k", N = 26 }.WithSort("name");
        Assert.Equal(("name", false, true), (first.Sort, first.Descending, first.IsFirstPage));
        Assert.Equal("ascending", first.AriaSort("name"));
        var second = first.WithSort("name");
        Assert.Equal(("name", true), (second.Sort, second.Descending));
        Assert.Null(second.WithSort("name").Sort);
        Assert.Equal(("email", false), (second.WithSort("email").Sort, second.WithSort("email").Descending));
    }

    [Theory]
    [InlineData(1284, 25, 1276)]
    [InlineData(50, 25, 26)]
    [InlineData(1, 25, 1)]
    [InlineData(0, 25, 1)]
    public void Last_page_starts_at_the_row_that_a_whole_number_of_pages_reaches(long total, int rows, long first) =>
        Assert.Equal((GridQuery.End, first), (new GridQuery { Rows = rows }.Last(total).Before, new GridQuery { Rows = rows }.Last(total).N));

    [Fact]
    public void Filter_returns_to_the_first_page()
    {
        var page = new GridQuery { Before = "k", N = 76 };
        Assert.All([page.WithSearch(" ann "), page.WithRole("admin"), page.WithStatus("open"), page.WithHas("removal", true), page.WithSince(new(2026, 11, 1)), page.WithRows(50)], q => Assert.True(q.IsFirstPage && q.N == 1));
        Assert.Equal("ann", page.WithSearch(" ann ").Q);
    }
}
