using System.Diagnostics;
using AdminPortal.Calendly;
using AdminPortal.Testing;
using AdminPortal.Web;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AdminPortal.Benchmarks;

/// <summary>The portal's own services on a database of its own, with an organization whose lists can be put there as a sweep reads them.</summary>
public sealed class BenchmarkPortal : IAsyncDisposable
{
    public const string Organization = "https://api.calendly.com/organizations/ORG";
    private static readonly string[] Firsts =
        ["Ada", "Bela", "Cleo", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mara", "Nils", "Olga", "Pia", "Rosa", "Selim", "Tara", "Yusuf"];
    private static readonly string[] Lasts =
        ["Adler", "Brandt", "Costa", "Dvorak", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanov", "Jansen", "Keller", "Lund", "Moreau", "Novak", "Okafor", "Petrov", "Rossi", "Santos", "Tanaka", "Weber"];
    private readonly TestDatabase _database;
    private readonly ServiceProvider _services;
    private readonly int _members;
    private Guid _connection;

    private BenchmarkPortal(TestDatabase database, ServiceProvider services, int members) => (_database, _services, _members) = (database, services, members);

    public static async Task<BenchmarkPortal> StartAsync(PostgresFixture postgres, int members, CancellationToken cancellationToken)
    {
        var database = await postgres.CloneAsync(cancellationToken);
        var services = new ServiceCollection();
        services.AddOptions<WorkerOptions>();
        services.AddOptions<DirectoryOptions>();
        services.AddDbContextFactory<PortalDbContext>(options => options.UsePortalDatabase(database.AppConnectionString));
        services.AddSingleton(TimeProvider.System).AddSingleton<AuditTrail>();
        services.AddSingleton<MembersService>().AddSingleton<MemberMap>().AddSingleton<SweepLease>().AddSingleton<SweepStaging>().AddSingleton<SweepDepartures>().AddSingleton<SweepPicture>();
        var portal = new BenchmarkPortal(database, services.BuildServiceProvider(), members);
        await portal.ConnectAsync(cancellationToken);
        return portal;
    }

    public int Members => _members;

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public Task<PortalDbContext> ContextAsync(CancellationToken cancellationToken) => Get<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(cancellationToken);

    public async Task<string> ServerAsync(CancellationToken cancellationToken)
    {
        await using var db = await ContextAsync(cancellationToken);
        return await db.Database.SqlQuery<string>($"SELECT current_setting('server_version') AS \"Value\"").SingleAsync(cancellationToken);
    }

    /// <summary>A sweep that has read everybody, page by page, and has yet to compare. In each round another hundredth of the people differs from before.</summary>
    public async Task<Sweep> ReadEverybodyAsync(int round, Timings pages, CancellationToken cancellationToken)
    {
        await using var db = await ContextAsync(cancellationToken);
        db.Sweeps.Add(new()
        {
            OrganizationUri = Organization,
            ConnectionId = _connection,
            State = SweepState.Running,
            Phase = SweepPhase.Memberships,
            StartedAt = TimeProvider.System.GetUtcNow(),
            LeaseUntil = DateTimeOffset.UnixEpoch,
        });
        await db.SaveChangesAsync(cancellationToken);
        var claim = await Get<SweepLease>().ClaimAsync(cancellationToken) ?? throw new InvalidOperationException("The sweep could not be claimed.");
        var staging = Get<SweepStaging>();
        foreach (var page in Enumerable.Range(1, _members + Joined(round)).Select(n => Membership(n, round)).Chunk(SweepReader.PageSize))
        {
            var started = Stopwatch.GetTimestamp();
            await staging.MembershipsAsync(claim, page, "more", cancellationToken);
            pages.Add(Stopwatch.GetElapsedTime(started));
        }
        await staging.InvitationsAsync(claim, [], null, cancellationToken);
        return claim;
    }

    /// <summary>
    /// Members as an organization of that size has them: a few names are very frequent, the last fifth came together with another company, one
    /// in a hundred is an admin. Without a sweep.
    /// </summary>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        await using var db = await ContextAsync(cancellationToken);
        db.Database.SetCommandTimeout(TimeSpan.FromMinutes(20));
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO members (id, uri, organization_uri, user_uri, role, name, email, scheduling_url, time_zone, joined_at, updated_at)
            SELECT gen_random_uuid(), 'https://api.calendly.com/organization_memberships/' || md5('m' || n), {Organization}, 'https://api.calendly.com/users/' || md5('u' || n),
                   CASE WHEN n = 1 THEN 'owner' WHEN n % 100 = 0 THEN 'admin' ELSE 'user' END, first || ' ' || last,
                   lower(first || '.' || last) || n || CASE WHEN n > {_members} * 0.8 THEN '@newco.example.com' ELSE '@example.com' END,
                   'https://calendly.com/p' || n, 'Europe/Berlin', timestamptz '2019-01-01Z' + CASE WHEN n > {_members} * 0.8 THEN 6 + b ELSE 6 * b END * interval '365 days', now()
            FROM (SELECT setseed(0.4)) AS seed, generate_series(1, {_members}) AS n, LATERAL (SELECT n AS of, random() AS f, random() AS l, random() AS b) AS chance,
                 (SELECT ARRAY['Liam', 'Olivia', 'Noah', 'Emma', 'Ava', 'Mia', 'Luca', 'Ada', 'Bela', 'Cleo', 'Dario', 'Elif', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Kira', 'Mara', 'Nils', 'Olga', 'Pia', 'Rosa', 'Selim', 'Tara', 'Yusuf', 'Élodie', 'Wei', 'Jun', 'Zoe'] AS firsts,
                         ARRAY['Smith', 'Johnson', 'Müller', 'Garcia', 'Kim', 'Nguyen', 'Li', 'Brandt', 'Costa', 'Dvorak', 'Eriksen', 'Fischer', 'Haddad', 'Ivanov', 'Jansen', 'Keller', 'Lund', 'Moreau', 'Novak', 'Okafor', 'Petrov', 'Rossi', 'Santos', 'Tanaka', 'Weber', 'Lindqvist', 'Yilmaz', 'Wang', 'Ortiz', 'Zhao'] AS lasts) AS names,
                 LATERAL (SELECT firsts[1 + floor(30 * f ^ 2.2)::int] AS first, lasts[1 + floor(30 * l ^ 2.2)::int] AS last) AS name
            """, cancellationToken);
        await SettleAsync(cancellationToken);
        await Get<MemberMap>().KeepAsync(cancellationToken);
        await SettleAsync(cancellationToken);
    }

    /// <summary>How many people have joined by then: of those who differ, one in ten.</summary>
    public int Joined(int round) => round * _members / 1000;

    /// <summary>Of every hundred people one changes in each round: role, name with address, or time zone.</summary>
    private static OrganizationMembership Membership(int n, int round)
    {
        var (first, last) = (Firsts[n % Firsts.Length], Lasts[n / Firsts.Length % Lasts.Length]);
        var changed = n % 100 is var turn && turn > 0 && turn <= round ? n / 100 % 10 : -1;
        var role = n == 1 ? "owner" : n % 100 == 0 || changed is >= 0 and < 4 ? "admin" : "user";
        var name = $"{first} {last}{(changed is >= 4 and < 7 ? "-Lind" : "")}";
        var email = $"{first}.{last}.{n}{(changed is >= 4 and < 7 ? ".lind" : "")}@example.com".ToLowerInvariant();
        var joined = new DateTimeOffset(2023, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(7 * n);
        var id = new Guid(n, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
        return new($"https://api.calendly.com/organization_memberships/{id}", role,
            new MembershipUser($"https://api.calendly.com/users/{id}", name, email, joined, joined, SchedulingUrl: $"https://calendly.com/p{n}", Timezone: changed >= 7 ? "Europe/Lisbon" : "Europe/Berlin"),
            Organization, joined, joined);
    }

    /// <summary>How much of the write-ahead log has been written, in bytes.</summary>
    public async Task<long> LogAsync(CancellationToken cancellationToken)
    {
        await using var db = await ContextAsync(cancellationToken);
        return await db.Database.SqlQuery<long>($"SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS \"Value\"").SingleAsync(cancellationToken);
    }

    /// <summary>What autovacuum does by itself on a server that is not made for tests.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        await using var server = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_database.SuperuserConnectionString) { Database = _database.Name }.ConnectionString);
        await server.OpenAsync(cancellationToken);
        foreach (var text in new[] { "VACUUM (ANALYZE)", "CHECKPOINT" })
        {
            await using var command = new NpgsqlCommand(text, server) { CommandTimeout = 600 };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        await using var db = await ContextAsync(cancellationToken);
        var now = TimeProvider.System.GetUtcNow();
        var person = new Person { ObjectId = "oid", TenantId = "tenant", Name = "Olivia", Address = "olivia@example.com", Roles = [Roles.Operator], FirstSeenAt = now, RolesConfirmedAt = now };
        var connection = new Connection
        {
            PersonId = person.Id,
            OrganizationUri = Organization,
            Kind = ConnectionKind.OAuth,
            State = ConnectionState.Healthy,
            CalendlyUserUri = "https://api.calendly.com/users/OLIVIA",
            CalendlyName = "Olivia",
            CalendlyEmail = "olivia@example.com",
            CalendlyRole = "admin",
            Scopes = [],
            ConnectedAt = now,
        };
        _connection = connection.Id;
        db.AddRange(person, connection, new ManagedOrganization { Uri = Organization, Name = "Harbourlight Group", Plan = "teams", PinnedAt = now, PinnedBy = person.Id, DirectoryConnectionId = connection.Id });
        await db.SaveChangesAsync(cancellationToken);
    }
}
