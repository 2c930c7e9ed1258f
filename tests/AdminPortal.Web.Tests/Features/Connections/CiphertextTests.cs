using System.Buffers.Text;
using AdminPortal.Simulator;
using AdminPortal.Testing;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Tests.Security;
using CsCheck;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Tests.Features.Connections;

/// <summary>Ciphertexts that somebody touched: none opens to anything, the connection needs reconnecting, and the page works.</summary>
public sealed class CiphertextTests(PostgresFixture postgres)
{
    private const string Organization = "https://api.calendly.com/organizations/ORG";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Changes =>
    [
        "empty", "one character", "garbage", "garbage in base64", "header only", "truncated by one", "truncated by half", "longer", "with padding", "with a space", "with a line break",
        "in plain base64", "in hex", "in upper case", "last character written otherwise", "of the other column", "of another person", "of another organization", "of another kind", "of a foreign key ring", "the token itself",
    ];

    /// <summary>In the column that is used now, and in the one that is used when the token is renewed.</summary>
    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Ciphertext_that_was_touched_needs_reconnecting(string change)
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.ConnectAsync(SimulatorDefaults.Sam, Ct);
        foreach (var field in Enum.GetValues<TokenField>())
        {
            var connection = await world.ConnectAsync(SimulatorDefaults.Olivia, Ct);
            Assert.Equal("Olivia Ortiz", (await MeAsync(world, connection)).Name);
            var touched = await TouchAsync(world, connection, field, change);
            if (field == TokenField.Access) await world.ExecuteAsync($"UPDATE connections SET protected_access_token = {touched} WHERE id = {connection.Id}", Ct);
            else await world.ExecuteAsync($"UPDATE connections SET protected_refresh_token = {touched}, access_expires_at = now() WHERE id = {connection.Id}", Ct);
            var requests = (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count;

            await Assert.ThrowsAsync<ConnectionUnusableException>(() => MeAsync(world, connection));

            var card = (await world.Get<ConnectionService>().ViewAsync(ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct)).Mine!;
            Assert.Equal((ConnectionState.NeedsReconnect, "The stored token cannot be opened."), (card.State, card.Problem));
            Assert.Equal(requests, (await world.LedgerAsync("POST", "/oauth/token", Ct)).Count);
        }
        Assert.Equal("Sam Okafor", (await MeAsync(world, await world.ConnectionAsync(SimulatorDefaults.Sam, Ct))).Name);
        // It can be ended, and connected again, as it stands.
        await world.Get<ConnectionService>().DisconnectAsync(Guid.CreateVersion7(), (await world.ConnectionAsync(SimulatorDefaults.Olivia, Ct)).Id, ConnectedWorld.Actor(SimulatorDefaults.Olivia), Ct);
        Assert.Equal("Olivia Ortiz", (await MeAsync(world, await world.ConnectAsync(SimulatorDefaults.Olivia, Ct))).Name);
    }

    [Fact]
    public async Task Verifier_that_was_touched_stops_the_consent()
    {
        await using var world = await ConnectedWorld.StartAsync(postgres, Ct);
        await world.SignInAsync(SimulatorDefaults.Olivia, Ct);
        var answer = await world.ConsentAsync(await world.BeginAsync(SimulatorDefaults.Olivia, Ct), SimulatorDefaults.Olivia, Ct);
        await world.ExecuteAsync($"UPDATE oauth_attempts SET protected_verifier = protected_verifier || 'A'", Ct);

        Assert.Equal(ConnectProblem.UnknownState, (await world.FinishAsync(answer, SimulatorDefaults.Olivia, Ct)).Problem);
        Assert.Empty(await world.LedgerAsync("POST", "/oauth/token", Ct));
    }

    private static readonly Gen<(string Token, Func<string, string> Mutate)> Mutations = Gen.Select(Gen.String[1, 200], Gen.OneOf(
        Gen.Select(Gen.Int[0, 10_000], Gen.Char).Select((at, c) => (Func<string, string>)(s => Replace(s, at % s.Length, 1, c.ToString()))),
        Gen.Select(Gen.Int[0, 10_000], Gen.Char["+/-_= \n\tAaZz09"]).Select((at, c) => (Func<string, string>)(s => Replace(s, at % s.Length, 1, c.ToString()))),
        Gen.Select(Gen.Int[0, 10_000], Gen.String[1, 5]).Select((at, text) => (Func<string, string>)(s => Replace(s, at % s.Length, 0, text))),
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[1, 300]).Select((at, length) => (Func<string, string>)(s => Replace(s, at % s.Length, Math.Min(length, s.Length - (at % s.Length)), ""))),
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, 10_000]).Select((a, b) => (Func<string, string>)(s => s[(a % s.Length)..] + s[..(b % s.Length)])),
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[1, 255]).Select((at, bits) => (Func<string, string>)(s => Bytes(s, bytes => bytes[at % bytes.Length] ^= (byte)bits))),
        Gen.String[0, 300].Select(text => (Func<string, string>)(_ => text)),
        Gen.Byte.Array[0, 300].Select(bytes => (Func<string, string>)(_ => Base64Url.EncodeToString(bytes))),
        Gen.Const((Func<string, string>)(s => s.ToLowerInvariant())),
        Gen.Const((Func<string, string>)(s => s + "=")),
        Gen.Const((Func<string, string>)(s => s))));

    [Fact]
    public void Ciphertext_that_is_not_the_very_one_never_opens_and_never_throws()
    {
        var protection = new TokenProtection(new EphemeralDataProtectionProvider());
        var person = Guid.CreateVersion7();
        var (opened, refused) = (0, 0);
        Mutations.Sample(sample =>
        {
            var ciphertext = protection.Protect(person, Organization, ConnectionKind.OAuth, TokenField.Access, sample.Token);
            var mutated = sample.Mutate(ciphertext);
            var token = protection.Unprotect(person, Organization, ConnectionKind.OAuth, TokenField.Access, mutated);
            if (mutated == ciphertext) Interlocked.Increment(ref opened);
            else Interlocked.Increment(ref refused);
            return token == (mutated == ciphertext ? sample.Token : null);
        }, iter: 20_000);
        Assert.True(opened > 500 && refused > 10_000, $"{opened} opened, {refused} refused");
    }

    [Fact]
    public void Ciphertext_opens_for_exactly_the_purpose_that_it_was_made_for()
    {
        var protection = new TokenProtection(new EphemeralDataProtectionProvider());
        Guid[] people = [Guid.CreateVersion7(), Guid.CreateVersion7()];
        string[] organizations = [Organization, Organization + "2", ""];
        var purposes = from person in people from organization in organizations from kind in Enum.GetValues<ConnectionKind>() from field in Enum.GetValues<TokenField>() select (person, organization, kind, field);
        foreach (var made in purposes)
        {
            var ciphertext = protection.Protect(made.person, made.organization, made.kind, made.field, "token");
            foreach (var asked in purposes)
                Assert.Equal(asked == made ? "token" : null, protection.Unprotect(asked.person, asked.organization, asked.kind, asked.field, ciphertext));
            Assert.Null(protection.UnprotectVerifier(made.person, [1], ciphertext));
        }
    }

    private static Task<Calendly.User> MeAsync(ConnectedWorld world, Connection connection) => world.Get<CalendlyAccess>().For(connection.Id, Lane.People).Users.MeAsync(Ct);

    private static async Task<string> TouchAsync(ConnectedWorld world, Connection connection, TokenField field, string change)
    {
        var protection = world.Get<TokenProtection>();
        var (own, other) = field == TokenField.Access ? (connection.ProtectedAccessToken!, connection.ProtectedRefreshToken!) : (connection.ProtectedRefreshToken!, connection.ProtectedAccessToken!);
        var token = protection.Unprotect(connection.PersonId, connection.OrganizationUri, connection.Kind, field, own)!;
        var sam = await world.ConnectionAsync(SimulatorDefaults.Sam, Ct);
        return change switch
        {
            "empty" => "",
            "one character" => "C",
            "garbage" => "not a ciphertext",
            "garbage in base64" => Base64Url.EncodeToString(new byte[200]),
            "header only" => own[..27],
            "truncated by one" => own[..^1],
            "truncated by half" => own[..(own.Length / 2)],
            "longer" => own + own,
            "with padding" => own + new string('=', (4 - (own.Length % 4)) % 4 is 0 ? 1 : (4 - (own.Length % 4)) % 4),
            "with a space" => own + " ",
            "with a line break" => own.Insert(40, "\r\n"),
            // Where it happens to be the same, the padding differs.
            "in plain base64" => Convert.ToBase64String(Base64Url.DecodeFromChars(own)) is var plain && plain != own ? plain : plain + "=",
            "in hex" => Convert.ToHexStringLower(Base64Url.DecodeFromChars(own)),
            "in upper case" => own.ToUpperInvariant(),
            "last character written otherwise" => OtherLastCharacter(own),
            "of the other column" => other,
            "of another person" => field == TokenField.Access ? sam.ProtectedAccessToken! : sam.ProtectedRefreshToken!,
            "of another organization" => protection.Protect(connection.PersonId, Organization, connection.Kind, field, token),
            "of another kind" => protection.Protect(connection.PersonId, connection.OrganizationUri, ConnectionKind.PersonalAccessToken, field, token),
            "of a foreign key ring" => new TokenProtection(new ForeignKeys(certificate: null).Provider).Protect(connection.PersonId, connection.OrganizationUri, connection.Kind, field, token),
            "the token itself" => token,
            _ => throw new ArgumentOutOfRangeException(nameof(change), change, null),
        };
    }

    /// <summary>The unused bits of the last character, if it has any, changed: it decodes to the same bytes.</summary>
    private static string OtherLastCharacter(string ciphertext)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var others = Alphabet.Select(last => ciphertext[..^1] + last).Where(text => text != ciphertext);
        var bytes = Base64Url.DecodeFromChars(ciphertext);
        return others.FirstOrDefault(text => WebDecoded(text)?.AsSpan().SequenceEqual(bytes) == true) ?? others.First();
    }

    private static byte[]? WebDecoded(string text)
    {
        try
        {
            return Microsoft.AspNetCore.WebUtilities.WebEncoders.Base64UrlDecode(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Replace(string text, int at, int length, string by) => text[..at] + by + text[(at + length)..];

    private static string Bytes(string text, Action<byte[]> change)
    {
        var bytes = Base64Url.DecodeFromChars(text);
        change(bytes);
        return Base64Url.EncodeToString(bytes);
    }
}
