using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AdminPortal.Web.Tests.Features.Removals;

/// <summary>A migrated database with people, one organization, members and a complete sweep, and the services on it as the app role.</summary>
internal sealed class RemovalWorld : IAsyncDisposable
{
    public const string Organization = "https://api.calendly.com/organizations/ORG";
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);

    private RemovalWorld(TestDatabase database)
    {
        Database = database;
        Contexts = new Factory(database.AppConnectionString);
        var audit = new AuditTrail(Clock);
        Facts = new RemovalFacts(Options.Create(Policy));
        UseCase = new UseCase(Contexts, audit, Options.Create(new SecurityOptions()), Clock);
        Service = new RemovalService(UseCase, Facts, Options.Create(Policy));
        Queries = new RemovalQueries(Contexts, Facts, Options.Create(Policy), Clock);
        Claims = new RemovalClaims(Contexts, audit, Options.Create(Policy), Options.Create(new WorkerOptions()), Clock);
    }

    public TestDatabase Database { get; }
    public FakeTimeProvider Clock { get; } = new(Now);
    public RemovalPolicy Policy { get; } = new();
    public IDbContextFactory<PortalDbContext> Contexts { get; }
    public UseCase UseCase { get; }
    public RemovalFacts Facts { get; }
    public RemovalService Service { get; }
    public RemovalQueries Queries { get; }
    public RemovalClaims Claims { get; }
    public Dictionary<string, Person> People { get; } = [];
    public List<Member> Members { get; } = [];

    public static async Task<RemovalWorld> CreateAsync(PostgresFixture postgres, CancellationToken cancellationToken)
    {
        var world = new RemovalWorld(await postgres.CloneAsync(cancellationToken));
        await world.SeedAsync(cancellationToken);
        return world;
    }

    public Actor Actor(string name) => new(People[name].Id, People[name].ObjectId, People[name].TenantId, name, ActorSource.Page);

    public Task<Guid> FileAsync(string requester, CancellationToken cancellationToken, params Member[] members) =>
        Service.FileAsync(Guid.CreateVersion7(), new Filing([.. members.Select(m => m.Id)], "Left the company on Friday."), Actor(requester), cancellationToken);

    public async Task<Guid> ApproveAsync(Guid id, string approver, CancellationToken cancellationToken, params Guid[] leftOut)
    {
        var request = await GetAsync(id, cancellationToken);
        return await Service.ApproveAsync(Guid.CreateVersion7(), id, new DecisionInput(Convert.ToHexStringLower(request.Fingerprint), "", leftOut, true), Actor(approver), cancellationToken);
    }

    public async Task<RemovalRequest> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = await Contexts.CreateDbContextAsync(cancellationToken);
        return await db.RemovalRequests.AsNoTracking().Include(r => r.Items).Include(r => r.Decisions).SingleAsync(r => r.Id == id, cancellationToken);
    }

    public ValueTask DisposeAsync() => Database.DisposeAsync();

    private async Task SeedAsync(CancellationToken cancellationToken)
    {
        await using var db = await Contexts.CreateDbContextAsync(cancellationToken);
        Add(db, "Olivia", Roles.Operator);
        Add(db, "Sam", Roles.Operator, Roles.Approver);
        Add(db, "Arjun", Roles.Approver);
        Add(db, "Bea", Roles.Approver);
        Add(db, "Vera", Roles.Viewer);
        Add(db, "Priya", Roles.Administrator, Roles.Operator);
        await db.SaveChangesAsync(cancellationToken);

        var connections = new[] { "Priya", "Olivia", "Sam" }.Select(name => new Connection
        {
            PersonId = People[name].Id,
            OrganizationUri = Organization,
            Kind = ConnectionKind.OAuth,
            State = ConnectionState.Healthy,
            CalendlyUserUri = User(name),
            CalendlyName = name,
            CalendlyEmail = People[name].Address,
            CalendlyRole = "admin",
            Scopes = ["default"],
            ConnectedAt = Now.AddDays(-1),
        }).ToList();
        db.Connections.AddRange(connections);
        db.PersonCalendlyUsers.AddRange(new[] { "Priya", "Olivia", "Sam" }.Select(name => new PersonCalendlyUser { PersonId = People[name].Id, CalendlyUserUri = User(name), FirstSeenAt = Now }));
        await db.SaveChangesAsync(cancellationToken);
        db.Organizations.Add(new ManagedOrganization { Uri = Organization, Name = "Harbourlight", Plan = "teams", PinnedAt = Now, PinnedBy = People["Priya"].Id, DirectoryConnectionId = connections[0].Id });
        db.Sweeps.Add(new Sweep
        {
            OrganizationUri = Organization,
            ConnectionId = connections[0].Id,
            State = SweepState.Complete,
            Phase = SweepPhase.Finished,
            StartedAt = Now.AddMinutes(-6),
            FinishedAt = Now.AddMinutes(-5),
            LeaseUntil = Now,
        });
        foreach (var name in People.Keys) Members.Add(Member(name, People[name].Address, User(name), name switch { "Priya" => "owner", "Olivia" or "Sam" => "admin", _ => "user" }));
        for (var n = 0; n < 40; n++) Members.Add(Member($"Target {n}", $"target{n}@harbourlight.example", User($"T{n}"), n == 39 ? "admin" : "user"));
        db.Members.AddRange(Members);
        await db.SaveChangesAsync(cancellationToken);
    }

    public Member Target(int n) => Members.Single(m => m.Name == $"Target {n}");

    public static string User(string name) => $"https://api.calendly.com/users/{name}";

    private static Member Member(string name, string email, string user, string role) => new()
    {
        Uri = $"https://api.calendly.com/organization_memberships/{name.Replace(" ", "", StringComparison.Ordinal)}",
        OrganizationUri = Organization,
        UserUri = user,
        Role = role,
        Name = name,
        Email = email,
        JoinedAt = Now.AddYears(-1),
        UpdatedAt = Now.AddYears(-1),
    };

    private void Add(PortalDbContext db, string name, params string[] roles)
    {
        var person = new Person
        {
            ObjectId = $"oid-{name}",
            TenantId = "tenant",
            Name = name,
            Address = $"{name.ToLowerInvariant()}@example.com",
            Roles = roles,
            FirstSeenAt = Now.AddDays(-30),
            RolesConfirmedAt = Now,
            ApproverSince = roles.Contains(Roles.Approver) ? Now.AddDays(-30) : null,
        };
        People.Add(name, person);
        db.People.Add(person);
    }

    private sealed class Factory(string connectionString) : IDbContextFactory<PortalDbContext>
    {
        private readonly DbContextOptions<PortalDbContext> options = Options(connectionString);

        public PortalDbContext CreateDbContext() => new(options);

        private static DbContextOptions<PortalDbContext> Options(string connectionString)
        {
            var builder = new DbContextOptionsBuilder<PortalDbContext>();
            builder.UsePortalDatabase(connectionString);
            return builder.Options;
        }
    }
}
