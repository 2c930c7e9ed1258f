using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using AdminPortal.Web.Data;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Security;

/// <summary>
/// The key ring's rows in PostgreSQL. Encryption alone does not say who wrote a row, because the certificate's public half stands in every
/// one of them. So each row is also sealed: signed with the private key. A row without the seal of one of our certificates is never used;
/// above all none that is not encrypted, which whoever put it there could read.
/// </summary>
public sealed partial class StoredKeys(IDbContextFactory<PortalDbContext> contexts, RingCertificates certificates, IHostEnvironment environment, ILogger<StoredKeys> logger) : IXmlRepository
{
    private const string Seal = "seal";

    private enum Standing
    {
        Trusted,
        /// <summary>Wrapped by a certificate that is not among ours: of no use, and no harm.</summary>
        Foreign,
        NotEncrypted,
        NotSealed,
    }

    /// <summary>The number of the newest row; 0 when there is none. Another number means that there are other keys.</summary>
    public int Newest()
    {
        using var db = contexts.CreateDbContext();
        return db.DataProtectionKeys.Max(row => (int?)row.Id) ?? 0;
    }

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var db = contexts.CreateDbContext();
        var trusted = new List<XElement>();
        foreach (var row in db.DataProtectionKeys.AsNoTracking().OrderBy(row => row.Id))
        {
            var element = Parse(row);
            var standing = StandingOf(element);
            if (standing == Standing.Trusted) trusted.Add(element!);
            else if (WhyRefused(row, standing) is { } why) Log.Refused(logger, why);
        }
        // A row that somebody copied is not a second key, and no newer one.
        return [.. trusted.DistinctBy(element => (string?)element.Attribute("id") ?? element.ToString())];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        // As it will be read again: the seal is of these very characters.
        var stored = XElement.Parse(element.ToString(SaveOptions.DisableFormatting));
        if (certificates.Current is { } current)
        {
            using var key = current.GetRSAPrivateKey()!;
            stored.SetAttributeValue(Seal, Convert.ToBase64String(key.SignData(Sealed(stored), HashAlgorithmName.SHA256, RSASignaturePadding.Pss)));
        }
        using var db = contexts.CreateDbContext();
        db.DataProtectionKeys.Add(new DataProtectionKey { FriendlyName = friendlyName, Xml = stored.ToString(SaveOptions.DisableFormatting) });
        db.SaveChanges();
    }

    /// <summary>What stands in the way of a start: rows that nobody may use, and a ring of which nothing can be used.</summary>
    /// <param name="beginAnew">A ring that opens with none of our certificates is no problem: a new key is about to be made.</param>
    public async Task<IReadOnlyList<string>> ProblemsAsync(bool beginAnew, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = (await db.DataProtectionKeys.AsNoTracking().OrderBy(row => row.Id).ToListAsync(cancellationToken))
            .Select(row => (Row: row, Element: Parse(row))).Select(row => (row.Row, row.Element, Standing: StandingOf(row.Element))).ToList();
        var problems = rows.Select(row => WhyRefused(row.Row, row.Standing)).OfType<string>().ToList();
        if (problems.Count > 0 || beginAnew || rows.Count == 0 || rows.Exists(row => row.Standing == Standing.Trusted)) return problems;

        var wrappers = rows.Select(row => WrapperOf(row.Element!)).OfType<X509Certificate2>().DistinctBy(wrapper => wrapper.Thumbprint).Select(RingCertificates.Describe);
        var given = certificates.All.Count == 0 ? "no certificate is given, and the keys in the database are wrapped" : $"{string.Join("; ", certificates.All.Select(RingCertificates.Describe))}: opens none of the keys in the database";
        return [$"""
            Security:Certificate: {given}. They were wrapped by {string.Join("; ", wrappers)}. Name that pair of files here, or under Security:OldCertificates when it was replaced. If it is lost for good, run: dotnet AdminPortal.Web.dll rotate-keys. It makes a new key; everybody then signs in again and connects Calendly again.
            """];
    }

    private Standing StandingOf(XElement? element)
    {
        if (element is null) return Standing.NotSealed;
        if (certificates.All.Any(certificate => IsSealedBy(certificate, element))) return Standing.Trusted;
        if (WrapperOf(element) is not { } wrapper) return element.Name != "key" ? Standing.NotSealed : environment.IsDevelopment() ? Standing.Trusted : Standing.NotEncrypted;
        using (wrapper) return certificates.All.Any(certificate => certificate.Thumbprint == wrapper.Thumbprint) ? Standing.NotSealed : Standing.Foreign;
    }

    private static string? WhyRefused(DataProtectionKey row, Standing standing)
    {
        var remedy = $"Remove it as the database's owner (DELETE FROM data_protection_keys WHERE id = {row.Id}), and find out who wrote it; what it protected has to be connected again.";
        return standing switch
        {
            Standing.NotEncrypted => $"The row {row.Id} ({row.FriendlyName}) of data_protection_keys is not encrypted: whoever reads the database could open what it protects. {remedy}",
            Standing.NotSealed => $"The row {row.Id} ({row.FriendlyName}) of data_protection_keys was not written by a portal that has the certificate's private key. {remedy}",
            _ => null,
        };
    }

    private static bool IsSealedBy(X509Certificate2 certificate, XElement element)
    {
        try
        {
            using var key = certificate.GetRSAPublicKey()!;
            return element.Attribute(Seal) is { } seal && key.VerifyData(Sealed(element), Convert.FromBase64String(seal.Value), HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static byte[] Sealed(XElement element)
    {
        var content = new XElement(element);
        content.Attribute(Seal)?.Remove();
        return Encoding.UTF8.GetBytes(content.ToString(SaveOptions.DisableFormatting));
    }

    /// <summary>The certificate that an encrypted secret was encrypted to; null when nothing in it is encrypted to one.</summary>
    private static X509Certificate2? WrapperOf(XElement element)
    {
        if (element.Descendants().Any(e => e.Name.LocalName == "masterKey") || element.Descendants().FirstOrDefault(e => e.Name.LocalName == "X509Certificate") is not { } wrapper) return null;
        try
        {
            return X509CertificateLoader.LoadCertificate(Convert.FromBase64String(wrapper.Value));
        }
        catch (Exception exception) when (exception is FormatException or CryptographicException)
        {
            return null;
        }
    }

    private static XElement? Parse(DataProtectionKey row)
    {
        try
        {
            return XElement.Parse(row.Xml ?? "");
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Critical, Message = "A key is not used. {Why}")]
        public static partial void Refused(ILogger logger, string why);
    }
}
