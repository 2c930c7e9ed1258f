using System.Globalization;
using System.Security.Cryptography;
using AdminPortal.Web.Security;
using Microsoft.AspNetCore.DataProtection;

namespace AdminPortal.Web.Features.Connections;

/// <summary>
/// What the callback has to say to the page that it leads to. The address carries it with a seal, for this person and some minutes: an
/// address that somebody made up, sent to another or kept says nothing.
/// </summary>
public sealed class ConsentNotice(IDataProtectionProvider provider, TimeProvider clock)
{
    /// <summary>Long enough to sign in on the way.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    private const string Nobody = "";

    /// <param name="actor">Null when nobody is signed in: whoever signs in next in this browser is told.</param>
    public string Seal(string code, Actor? actor) => For(code, actor?.ObjectId ?? Nobody).Protect(clock.GetUtcNow().UtcTicks.ToString(CultureInfo.InvariantCulture));

    public bool IsTrue(string? code, string? seal, Actor reader) =>
        !string.IsNullOrEmpty(code) && !string.IsNullOrEmpty(seal) && (IsOpenedBy(For(code, reader.ObjectId), seal) || IsOpenedBy(For(code, Nobody), seal));

    private bool IsOpenedBy(IDataProtector protector, string seal)
    {
        try
        {
            return clock.GetUtcNow() - new DateTimeOffset(long.Parse(protector.Unprotect(seal), CultureInfo.InvariantCulture), TimeSpan.Zero) <= Lifetime;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private IDataProtector For(string code, string objectId) => provider.CreateProtector("AdminPortal.ConsentNotices.v1", code, objectId);
}
