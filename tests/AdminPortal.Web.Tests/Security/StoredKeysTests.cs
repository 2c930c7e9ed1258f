using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using AdminPortal.Web.Tests.Features.Connections;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AdminPortal.Web.Tests.Security;

/// <summary>Rows in the key ring that no portal wrote: refused by name at a start, and never used by a portal that runs already.</summary>
public sealed class StoredKeysTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Rows => new()
    {
        { "plain", "is not encrypted" },
        { "plain, said to be encrypted", "is not encrypted" },
        { "encrypted to the certificate by somebody without its private key", "was not written by a portal" },
        { "the same with a seal of nothing", "was not written by a portal" },
        { "the portal's own, with later dates", "was not written by a portal" },
        { "garbage", "was not written by a portal" },
        { "nothing", "was not written by a portal" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Row_that_no_portal_wrote_is_never_used_and_refuses_the_next_start(string what, string refusal)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        var before = KeyOf(await world.ConnectAsync(SimulatorDefaults.Olivia, Ct));
        var (planted, xml) = await MakeAsync(world, what);
        var row = await ForeignKeys.InsertAsync(world.World.Database, xml, $"key-{planted}", Ct);

        // The portal that runs: what it stores next is not under the planted key, and it opens what it had.
        var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        Assert.Equal(before, KeyOf(connection));
        Assert.NotEqual(planted, before);
        Assert.Equal("Olivia Ortiz", (await world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct)).Name);
        Assert.Null(world.Get<PortalKeyRing>().GetCurrentKeyRing().GetAuthenticatedEncryptorByKeyId(what.StartsWith("the portal", StringComparison.Ordinal) ? Guid.Empty : planted, out _));

        // The next start, and a rotation as well.
        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => World.ServeAsync(world.World.Database, world.World.Simulator.Address, null, Ct));
        var problem = Assert.Single(refused.Problems);
        foreach (var words in (string[])[$"The row {row} (key-{planted})", refusal, $"DELETE FROM data_protection_keys WHERE id = {row}"]) Assert.Contains(words, problem, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StartRefusedException>(() => KeyRotationTests.RotateAsync(world, null));
    }

    [Fact]
    public async Task Plain_key_is_used_in_Development_where_nothing_is_wrapped()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await using var database = await postgres.CloneAsync(Ct);
        var (planted, xml) = await MakeAsync(world, "plain");
        await ForeignKeys.InsertAsync(database, xml, $"key-{planted}", Ct);

        var (portal, _) = await World.BuildAsync(database, world.World.Simulator.Address, new Dictionary<string, string> { ["environment"] = "Development", ["Security:Certificate"] = "", ["Security:CertificateKey"] = "" }, Ct);
        await using var app = portal;

        Assert.Empty(await app.Services.GetRequiredService<StoredKeys>().ProblemsAsync(beginAnew: false, Ct));
        Assert.Equal(planted, app.Services.GetRequiredService<PortalKeyRing>().GetCurrentKeyRing().DefaultKeyId);
    }

    [Fact]
    public async Task Copy_of_an_older_row_is_no_newer_key()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await using var db = await world.DbAsync(Ct);
        var oldest = await db.DataProtectionKeys.OrderBy(k => k.Id).FirstAsync(Ct);
        var rotated = await KeyRotationTests.RotateAsync(world, null);
        await ForeignKeys.InsertAsync(world.World.Database, oldest.Xml!, oldest.FriendlyName!, Ct);

        var (second, _) = await World.ServeAsync(world.World.Database, world.World.Simulator.Address, null, Ct);
        await using var other = second;

        Assert.Equal(rotated.Key, other.Services.GetRequiredService<PortalKeyRing>().GetCurrentKeyRing().DefaultKeyId);
        Assert.Equal(rotated.Key, KeyOf(await world.ConnectAsync(SimulatorDefaults.Olivia, Ct)));
    }

    [Fact]
    public async Task Rows_hold_no_plain_key_and_the_app_role_can_neither_change_nor_remove_one()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
        await using var db = await world.DbAsync(Ct);
        var xml = Assert.Single(await db.DataProtectionKeys.ToListAsync(Ct)).Xml!;

        Assert.Contains("EncryptedData", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", xml, StringComparison.Ordinal);
        foreach (var change in (FormattableString[])[$"UPDATE data_protection_keys SET xml = ''", $"DELETE FROM data_protection_keys"])
            Assert.Equal(Npgsql.PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => world.ExecuteAsync(change, Ct))).SqlState);
    }

    /// <summary>The key of a ciphertext: after four bytes that every protected payload begins with.</summary>
    internal static Guid KeyOf(Connection connection) => KeyOf(connection.ProtectedAccessToken!);

    internal static Guid KeyOf(string ciphertext) => new(System.Buffers.Text.Base64Url.DecodeFromChars(ciphertext).AsSpan(4, 16));

    private static async Task<(Guid Id, string Xml)> MakeAsync(ConnectedWorld world, string what)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile((await TestCertificate.FilesAsync(Ct)).Certificate);
        switch (what)
        {
            case "plain":
                var (plain, element) = new ForeignKeys(certificate: null).Make();
                Assert.Contains("masterKey", element.ToString(), StringComparison.Ordinal);
                return (plain, Text(element));
            case "plain, said to be encrypted":
                var (said, inner) = new ForeignKeys(certificate: null).Make();
                var master = inner.Descendants("masterKey").Single();
                master.ReplaceWith(new XElement("encryptedSecret", new XAttribute("decryptorType", typeof(NullXmlDecryptor).AssemblyQualifiedName!), master));
                return (said, Text(inner));
            case "encrypted to the certificate by somebody without its private key":
                var (encrypted, wrapped) = new ForeignKeys(certificate).Make();
                Assert.DoesNotContain("masterKey", wrapped.ToString(), StringComparison.Ordinal);
                return (encrypted, Text(wrapped));
            case "the same with a seal of nothing":
                var (unsealed, sealedByNobody) = new ForeignKeys(certificate).Make();
                sealedByNobody.SetAttributeValue("seal", Convert.ToBase64String(new byte[384]));
                return (unsealed, Text(sealedByNobody));
            case "the portal's own, with later dates":
                await using (var db = await world.DbAsync(Ct))
                {
                    var own = XElement.Parse((await db.DataProtectionKeys.SingleAsync(Ct)).Xml!);
                    own.SetAttributeValue("id", Guid.CreateVersion7());
                    own.Element("expirationDate")!.Value = "2099-01-01T00:00:00Z";
                    return ((Guid)own.Attribute("id")!, Text(own));
                }
            default:
                return (Guid.CreateVersion7(), what == "nothing" ? "" : "<key");
        }
    }

    private static string Text(XElement element) => element.ToString(SaveOptions.DisableFormatting);
}
