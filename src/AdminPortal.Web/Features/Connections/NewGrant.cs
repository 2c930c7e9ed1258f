using System.Text;
using AdminPortal.Calendly;

namespace AdminPortal.Web.Features.Connections;

/// <summary>What is about to be stored in a connection. Printing it shows no token.</summary>
/// <param name="RefreshToken">Null for a personal access token, as is <paramref name="Lifetime"/>: it never expires by itself.</param>
/// <param name="Unknown">Needed scopes of which nobody can say before they are used whether they are granted.</param>
public sealed record NewGrant(ConnectionKind Kind, string AccessToken, string? RefreshToken, TimeSpan? Lifetime, IReadOnlyList<string> Scopes, IReadOnlyList<string> Unknown)
{
    public static NewGrant Of(TokenGrant grant) => new(
        ConnectionKind.OAuth, grant.AccessToken, grant.RefreshToken, TimeSpan.FromSeconds(grant.ExpiresIn), grant.Scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [.. AdminPortal.Calendly.Scopes.Needed], []);

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Kind = ").Append(Kind).Append(", Scopes = ").AppendJoin(' ', Scopes);
        return true;
    }
}
