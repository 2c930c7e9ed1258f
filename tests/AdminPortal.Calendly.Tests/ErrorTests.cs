using System.Net;

namespace AdminPortal.Calendly.Tests;

public sealed class ErrorTests : IDisposable
{
    private const string Generic = "You do not have permission to access this resource.";
    private const string Seats = "You already sent all the invitations you're allotted based upon the number of seats purchased with your account. Please purchase more seats to send more invitations.";
    private const string Trial = "You already sent all the invitations allotted to you with a trial account.";
    private const string Scim = "You cannot perform this action for an organization with SCIM enabled.";

    private readonly FakeCalendly fake = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => fake.Dispose();

    [Theory]
    [InlineData(400, "Invalid Argument", "The supplied parameters are invalid.", CalendlyFailure.InvalidArgument)]
    [InlineData(400, "Invalid Email", "x is an invalid email format", CalendlyFailure.InvalidEmail)]
    [InlineData(400, "Already Organization Member", "a@example.com is already in the organization", CalendlyFailure.AlreadyMember)]
    [InlineData(400, "Already Invited", "a@example.com has already been invited", CalendlyFailure.AlreadyInvited)]
    [InlineData(400, "Race Condition", "A race condition occurred when processing the request.  Please try the request again.", CalendlyFailure.RaceCondition)]
    [InlineData(400, "Invitation Already Accepted", "The invitation has already been accepted.", CalendlyFailure.InvitationAlreadyAccepted)]
    [InlineData(400, "Something New", "We just thought of it", CalendlyFailure.Unknown)]
    [InlineData(401, "Unauthenticated", "The access token is invalid", CalendlyFailure.Unauthenticated)]
    [InlineData(403, "Permission Denied", Generic, CalendlyFailure.PermissionDenied)]
    [InlineData(403, "Permission Denied", "You can not change owner role", CalendlyFailure.PermissionDenied)]
    [InlineData(403, "Permission Denied", Seats, CalendlyFailure.NoSeats)]
    [InlineData(403, "Permission Denied", Trial, CalendlyFailure.NoSeats)]
    [InlineData(403, "Permission Denied", Scim, CalendlyFailure.ScimEnforced)]
    [InlineData(403, "Permission Denied", "Please upgrade your Calendly account to Enterprise.", CalendlyFailure.EnterpriseRequired)]
    [InlineData(403, "Permission Denied", "Please upgrade your Calendly account to Standard", CalendlyFailure.PermissionDenied)]
    [InlineData(404, "Resource Not Found", "The server could not find the requested resource.", CalendlyFailure.NotFound)]
    [InlineData(409, "Already Exists", "Hook with this url already exists", CalendlyFailure.Unknown)]
    [InlineData(424, "External calendar error", "Try later", CalendlyFailure.Unknown)]
    [InlineData(500, "Internal Server Error", "The server encountered an unexpected condition that prevented it from fulfilling the request.", CalendlyFailure.ServerError)]
    public async Task Refusal_documented_body_is_named_and_keeps_calendlys_words(int status, string title, string message, CalendlyFailure failure)
    {
        fake.Answer("GET users/me", (HttpStatusCode)status, Documented.Error(title, message), ("x-request-id", "req-1"));

        var refusal = await RefusalAsync();

        Assert.Equal((failure, (HttpStatusCode?)status, title, message, "req-1"), (refusal.Failure, refusal.Status, refusal.Title, refusal.CalendlyMessage, refusal.RequestId));
        Assert.Null(refusal.RetryAfter);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_details_are_kept_with_or_without_each_part()
    {
        fake.Answer("GET users/me", HttpStatusCode.BadRequest, Documented.Error(
            "Invalid Argument", "The supplied parameters are invalid.", ""","details":[{"message":"invalid","parameter":"user"},{"message":"must be filled","code":"blank"},7]"""));

        var refusal = await RefusalAsync();

        Assert.Equal([new CalendlyErrorDetail("user", "invalid", null), new CalendlyErrorDetail(null, "must be filled", "blank")], refusal.Details);
    }

    [Fact]
    public async Task Refusal_details_of_another_type_do_not_hide_the_refusal()
    {
        fake.Answer("GET users/me", HttpStatusCode.NotFound, Documented.Error("Resource Not Found", "Gone", ""","details":"none","required_scopes":null"""));
        var refusal = await RefusalAsync();
        Assert.Equal(CalendlyFailure.NotFound, refusal.Failure);
        Assert.Empty(refusal.Details);
    }

    [Fact]
    public async Task Refusal_for_scope_names_the_scopes()
    {
        fake.Answer("GET users/me", HttpStatusCode.Forbidden, Documented.Error(
            "Insufficient scope", "This operation requires the scopes listed in the 'required_scopes' array.", ""","required_scopes":["organizations:write"]"""));

        var refusal = await RefusalAsync();

        Assert.Equal(CalendlyFailure.InsufficientScope, refusal.Failure);
        Assert.Equal(["organizations:write"], refusal.RequiredScopes);
    }

    [Theory]
    [InlineData("Retry-After", "17", 17)]
    [InlineData("Retry-After", "Mon, 23 Nov 2026 12:00:42 GMT", 42)]
    [InlineData("X-RateLimit-Reset", "33", 33)]
    [InlineData("X-Other", "1", 60)]
    public async Task Too_many_requests_says_how_long_to_wait(string header, string value, int seconds)
    {
        fake.Answer("GET users/me", HttpStatusCode.TooManyRequests, "slow down", (header, value));

        var refusal = await RefusalAsync();

        Assert.Equal((CalendlyFailure.RateLimited, TimeSpan.FromSeconds(seconds)), (refusal.Failure, refusal.RetryAfter));
    }

    [Theory]
    [InlineData(200, "<html><body>Sign in to the hotel's network</body></html>")]
    [InlineData(200, "")]
    [InlineData(200, "null")]
    [InlineData(200, """{"resource":{"uri":"https://api.calendly.com/users/AAAAAAAAAAAAAAAA","name":"Ad""")]
    [InlineData(200, """{"resource":{"uri":"https://api.calendly.com/users/AAAAAAAAAAAAAAAA"}}""")]
    [InlineData(200, """{"resource":null}""")]
    [InlineData(200, "[]")]
    [InlineData(301, "<html>Moved</html>")]
    [InlineData(401, "<html>Log in</html>")]
    [InlineData(403, "<html>Blocked by policy</html>")]
    [InlineData(404, "<html>No such page</html>")]
    [InlineData(404, "")]
    [InlineData(404, """{"message":"no route"}""")]
    public async Task Answer_that_is_not_calendlys_is_unreadable(int status, string body)
    {
        fake.Answer("GET users/me", (HttpStatusCode)status, body);
        var refusal = await RefusalAsync();
        Assert.Equal((CalendlyFailure.Unreadable, (HttpStatusCode?)status), (refusal.Failure, refusal.Status));
        Assert.DoesNotContain("hotel", refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(502, "<html>Bad gateway</html>", CalendlyFailure.ServerError)]
    [InlineData(503, "", CalendlyFailure.ServerError)]
    [InlineData(429, "<html>Slow down</html>", CalendlyFailure.RateLimited)]
    public async Task Answer_whose_status_says_enough_is_named_without_a_body(int status, string body, CalendlyFailure failure)
    {
        fake.Answer("GET users/me", (HttpStatusCode)status, body);
        Assert.Equal(failure, (await RefusalAsync()).Failure);
    }

    [Fact]
    public async Task Challenge_without_a_body_is_unauthenticated()
    {
        fake.Answer("GET users/me", HttpStatusCode.Unauthorized, "", ("WWW-Authenticate", "Bearer realm=\"Calendly\", error=\"invalid_token\""));
        Assert.Equal(CalendlyFailure.Unauthenticated, (await RefusalAsync()).Failure);
    }

    [Theory]
    [InlineData("""{"collection":[]}""")]
    [InlineData("""{"collection":[],"pagination":{"count":0,"next_page":null}}""")]
    [InlineData("""{"collection":[],"pagination":{"next_page":"https://api.calendly.com/x","next_page_token":null}}""")]
    [InlineData("""{"collection":[],"pagination":{"next_page":null,"next_page_token":""}}""")]
    [InlineData("""{"collection":[],"pagination":{"next_page":null,"next_page_token":"same"}}""")]
    [InlineData("""{"collection":[null],"pagination":{"next_page":null,"next_page_token":null}}""")]
    public async Task List_that_leaves_open_whether_it_ends_is_unreadable(string body)
    {
        fake.Answer("GET organization_memberships?count=100&page_token=same", HttpStatusCode.OK, body);
        var refusal = await Assert.ThrowsAsync<CalendlyException>(() => fake.Client().Memberships.ListAsync(new MembershipQuery(PageToken: "same"), Ct));
        Assert.Equal(CalendlyFailure.Unreadable, refusal.Failure);
    }

    [Fact]
    public async Task Removal_answered_with_a_page_is_unreadable_not_done()
    {
        fake.Answer($"DELETE {Documented.MembershipPath}", HttpStatusCode.OK, "<html>Welcome</html>");
        var refusal = await Assert.ThrowsAsync<CalendlyException>(() => fake.Client().Memberships.RemoveAsync(Documented.Membership, Ct));
        Assert.Equal(CalendlyFailure.Unreadable, refusal.Failure);
    }

    [Fact]
    public async Task No_connection_is_unreachable()
    {
        fake.Answer("GET users/me", () => throw new HttpRequestException("connection refused"));
        var refusal = await RefusalAsync();
        Assert.Equal(CalendlyFailure.Unreachable, refusal.Failure);
        Assert.Null(refusal.Status);
    }

    [Fact]
    public async Task Time_out_of_the_client_is_unreachable()
    {
        fake.Answer("GET users/me", () => throw new TaskCanceledException("timed out", new TimeoutException()));
        Assert.Equal(CalendlyFailure.Unreachable, (await RefusalAsync()).Failure);
    }

    [Fact]
    public async Task Cancellation_by_the_caller_stays_cancellation()
    {
        using var source = new CancellationTokenSource();
        fake.Answer("GET users/me", () =>
        {
            source.Cancel();
            throw new TaskCanceledException("cancelled", null, source.Token);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fake.Client().Users.MeAsync(source.Token));
    }

    [Fact]
    public async Task Failure_to_get_a_token_passes_through_and_nothing_is_sent()
    {
        var client = new CalendlyClient(fake.Http(FakeCalendly.ApiRoot), _ => throw new NotSupportedException("reconnect"));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.Users.MeAsync(Ct));
        Assert.Empty(fake.Received);
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret-part\r\nX-Injected: 1")]
    [InlineData("secret-part with space")]
    public async Task Token_unfit_for_a_header_is_refused_without_showing_it(string token)
    {
        var client = new CalendlyClient(fake.Http(FakeCalendly.ApiRoot), _ => ValueTask.FromResult(token));
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => client.Users.MeAsync(Ct));
        Assert.DoesNotContain("secret-part", refusal.ToString(), StringComparison.Ordinal);
        Assert.Empty(fake.Received);
    }

    [Fact]
    public async Task Token_echoed_by_the_answer_is_not_in_the_exception()
    {
        fake.Answer("GET users/me", HttpStatusCode.Unauthorized, Documented.Error("Unauthenticated", $"The access token {FakeCalendly.Token} is invalid"));

        var refusal = await RefusalAsync();

        Assert.Equal("The access token [removed] is invalid", refusal.CalendlyMessage);
        Assert.DoesNotContain(FakeCalendly.Token, refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Root_without_a_final_slash_is_refused()
    {
        using var http = new HttpClient { BaseAddress = new Uri("https://proxy.example.com/calendly") };
        Assert.Throws<ArgumentException>(() => new CalendlyClient(http, _ => ValueTask.FromResult("t")));
        using var none = new HttpClient();
        Assert.Throws<ArgumentException>(() => new CalendlyOAuth(none, new OAuthClient("a", "b")));
    }

    private Task<CalendlyException> RefusalAsync() => Assert.ThrowsAsync<CalendlyException>(() => fake.Client().Users.MeAsync(Ct));
}
