using System.Text;

namespace AdminPortal.Calendly;

/// <summary>
/// The OAuth app as registered with Calendly. Printing it shows the id only.
/// <see href="https://developer.calendly.com/creating-an-oauth-app"/>
/// </summary>
public sealed record OAuthClient(string ClientId, string ClientSecret)
{
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("ClientId = ").Append(ClientId);
        return true;
    }
}
