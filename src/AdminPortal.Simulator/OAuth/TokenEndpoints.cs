using System.Text.Json.Serialization;
using AdminPortal.Simulator.Calendly;
using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;
using AdminPortal.Simulator.Tokens;

namespace AdminPortal.Simulator.OAuth;

/// <summary>What the token endpoint answers; a personal access token has neither expiry nor refresh token.</summary>
internal record TokenAnswer(
    string TokenType,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? ExpiresIn,
    long CreatedAt,
    string AccessToken,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RefreshToken,
    string Scope,
    string Owner,
    string Organization)
{
    public static TokenAnswer From(World world, TokenPair pair)
    {
        var (access, refresh) = pair;
        var user = world.FindUser(access.Grant.UserId)!;
        return new(
            "Bearer",
            access.ExpiresAt is { } expiry ? (int)(expiry - access.IssuedAt).TotalSeconds : null,
            access.IssuedAt.ToUnixTimeSeconds(),
            access.Value,
            refresh?.Value,
            access.Grant.Scope,
            world.Uris.User(user.UserId),
            world.Uris.Organization(user.OrganizationId));
    }
}

internal static class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/oauth/token", TokenAsync);
        routes.MapPost("/oauth/revoke", RevokeAsync);
        routes.MapPost("/oauth/introspect", IntrospectAsync);
    }

    /// <summary>https://developer.calendly.com/api-docs/3cefb59b832eb-calendly-o-auth-2-0</summary>
    private static async Task<IResult> TokenAsync(Call call)
    {
        var form = await OAuthForm.ReadAsync(call.Http.Request);
        var tokens = call.World.Tokens;
        var type = form.Required("grant_type");
        var client = form.Client();
        TokenPair? pair;
        IssueOutcome outcome;
        switch (type)
        {
            case "authorization_code":
                var code = form.Required("code");
                Name(call, tokens.CodeOwner(code));
                outcome = tokens.Redeem(code, client, form["redirect_uri"], form["code_verifier"], out pair);
                break;
            case "refresh_token":
                var refresh = form.Required("refresh_token");
                Name(call, tokens.FindRefresh(refresh)?.Grant.UserId);
                outcome = tokens.Refresh(refresh, client, out pair);
                break;
            default:
                throw OAuthError.UnsupportedGrantType();
        }
        if (outcome == IssueOutcome.TooMany) throw OAuthError.TooMany(call.World.Settings.RetryAfter ? 60 : null);
        if (outcome == IssueOutcome.InvalidGrant) throw OAuthError.InvalidGrant();
        call.Applied();
        call.Http.Response.Headers.CacheControl = "no-store";
        return Results.Json(TokenAnswer.From(call.World, pair!), Wire.Json, Wire.ContentType);
    }

    /// <summary>An unknown token is answered like a known one (RFC 7009, section 2.2).</summary>
    private static async Task<IResult> RevokeAsync(Call call)
    {
        var form = await OAuthForm.ReadAsync(call.Http.Request);
        var client = form.Client();
        if (FindGrant(call, form.Required("token")) is not { } grant) return Results.Json(new { });
        if (grant.ClientId != client) throw OAuthError.UnauthorizedClient();
        if (!grant.Revoked) call.Applied();
        call.World.Tokens.Revoke(grant);
        return Results.Json(new { });
    }

    private static async Task<IResult> IntrospectAsync(Call call)
    {
        var form = await OAuthForm.ReadAsync(call.Http.Request);
        var client = form.Client();
        var text = form.Required("token");
        var grant = FindGrant(call, text);
        var (access, state) = call.World.Tokens.Find(text);
        var refresh = call.World.Tokens.FindRefresh(text);
        var active = state == TokenState.Valid || refresh is { Used: false, Grant.Revoked: false };
        if (!active || grant?.ClientId != client) return Results.Json(new { active = false });
        var owner = call.World.FindUser(grant.UserId)!;
        return Results.Json(
            new
            {
                Active = true,
                grant.Scope,
                grant.ClientId,
                TokenType = "Bearer",
                Exp = access?.ExpiresAt?.ToUnixTimeSeconds(),
                Iat = access?.IssuedAt.ToUnixTimeSeconds(),
                Owner = call.World.Uris.User(owner.UserId),
                Organization = call.World.Uris.Organization(owner.OrganizationId),
            },
            Wire.Json,
            Wire.ContentType);
    }

    private static Grant? FindGrant(Call call, string token)
    {
        var grant = call.World.Tokens.Find(token).Token?.Grant ?? call.World.Tokens.FindRefresh(token)?.Grant;
        Name(call, grant?.UserId);
        return grant;
    }

    private static void Name(Call call, string? userId)
    {
        if (userId is not null) call.Entry.User = call.World.FindUser(userId)?.Email;
    }
}
