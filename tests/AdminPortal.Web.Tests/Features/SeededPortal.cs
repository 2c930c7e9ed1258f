using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Members;
using AdminPortal.Web.Features.Overview;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Features.Settings;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AdminPortal.Web.Tests.Features;

/// <summary>A database of its own with the services that read and change it, and rows put there as sweeps and sign-ins leave them.</summary>
internal sealed class SeededPortal : IAsyncDisposable
{
    public const string OrganizationUri = "https://api.calendly.com/organizations/ORG";
    private readonly TestDatabase _database;
    private readonly ServiceProvider _services;

    private SeededPortal(TestDatabase database, ServiceProvider services) => (_database, _services) = (database, services);

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 23, 14, 5, 0, TimeSpan.Zero));

    public static async Task<SeededPortal> StartAsync(PostgresFixture postgres)
    {
        var database = await postgres.CloneAsync(TestContext.Current.CancellationToken);
        var services = new ServiceCollection();
        services.AddOptions().AddLogging();
        services.AddDbContextFactory<PortalDbContext>(options => options.UsePortalDatabase(database.AppConnectionString));
        SeededPortal? portal = null;
        services.AddSingleton<TimeProvider>(_ => portal!.Clock);
        services.AddSingleton<AuditTrail>().AddSingleton<UseCase>().AddSingleton<People>().AddSingleton<PeopleService>().AddSingleton<Sessions>()
            .AddSingleton<RemovalFacts>().AddSingleton<RemovalService>().AddSingleton<RemovalQueries>()
            .AddSingleton<MembersService>().AddSingleton<SavedViewService>().AddSingleton<MemberExportService>()
            .AddSingleton<AuditQueries>().AddSingleton<AuditService>().AddSingleton<OverviewQueries>().AddSingleton<HealthQueries>()
            .AddSingleton<ChangeQueries>().AddSingleton<MemberHistory>()
            .AddSingleton<SweepService>().AddSingleton<SweepQuestionService>().AddSingleton<SweepLease>().AddSingleton<SweepStaging>().AddSingleton<SweepDepartures>().AddSingleton<SweepPicture>();
        return portal = new(database, services.BuildServiceProvider());
    }

    public TestDatabase Database => _database;

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public Task<PortalDbContext> ContextAsync() => Get<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);

    public async Task<Actor> PersonAsync(string name, params string[] roles)
    {
        await using var db = await ContextAsync();
        var now = Clock.GetUtcNow();
        var person = new Person { ObjectId = $"oid-{name}", TenantId = "tenant", Name = name, Address = $"{name}@example.com", Roles = roles, FirstSeenAt = now, RolesConfirmedAt = now };
        db.People.Add(person);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return new(person.Id, person.ObjectId, person.TenantId, person.Name, ActorSource.Page);
    }

    /// <summary>The person's connection; the first one pins the organization and becomes its directory connection.</summary>
    public async Task<Connection> ConnectAsync(Actor owner, ConnectionState state = ConnectionState.Healthy)
    {
        await using var db = await ContextAsync();
        var connection = new Connection
        {
            PersonId = owner.PersonId!.Value,
            OrganizationUri = OrganizationUri,
            Kind = ConnectionKind.OAuth,
            State = state,
            CalendlyUserUri = $"https://api.calendly.com/users/{owner.Name}",
            CalendlyName = owner.Name,
            CalendlyEmail = $"{owner.Name}@example.com",
            CalendlyRole = "admin",
            Scopes = [],
            ConnectedAt = Clock.GetUtcNow(),
            Problem = state == ConnectionState.NeedsReconnect ? "Calendly no longer accepts it." : null,
        };
        db.Connections.Add(connection);
        if (!await db.Organizations.AnyAsync(TestContext.Current.CancellationToken))
            db.Organizations.Add(new() { Uri = OrganizationUri, Name = "Harbourlight Group", Plan = "teams", PinnedAt = Clock.GetUtcNow(), PinnedBy = connection.PersonId, DirectoryConnectionId = connection.Id });
        db.PersonCalendlyUsers.Add(new() { PersonId = connection.PersonId, CalendlyUserUri = connection.CalendlyUserUri, FirstSeenAt = Clock.GetUtcNow() });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    public async Task SweepAsync(Connection connection, SweepState state, string? problem = null)
    {
        await using var db = await ContextAsync();
        var now = Clock.GetUtcNow();
        db.Sweeps.Add(new()
        {
            OrganizationUri = OrganizationUri,
            ConnectionId = connection.Id,
            State = state,
            Phase = state == SweepState.Running ? SweepPhase.Memberships : SweepPhase.Finished,
            MembershipsRead = 120,
            StartedAt = now,
            FinishedAt = state == SweepState.Running ? null : now,
            Problem = problem,
            LeaseUntil = now.AddMinutes(1),
        });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A sweep in the hands of a worker that the test plays.</summary>
    public async Task<Sweep> ClaimSweepAsync(Connection connection)
    {
        await using var db = await ContextAsync();
        db.Sweeps.Add(new()
        {
            OrganizationUri = OrganizationUri,
            ConnectionId = connection.Id,
            State = SweepState.Running,
            Phase = SweepPhase.Memberships,
            StartedAt = Clock.GetUtcNow(),
            LeaseUntil = DateTimeOffset.UnixEpoch,
        });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return (await Get<SweepLease>().ClaimAsync(TestContext.Current.CancellationToken))!;
    }

    public async Task<Member> MemberAsync(string name, string role = "user", bool left = false)
    {
        await using var db = await ContextAsync();
        var now = Clock.GetUtcNow();
        var member = new Member
        {
            Uri = $"https://api.calendly.com/organization_memberships/{name}",
            OrganizationUri = OrganizationUri,
            UserUri = $"https://api.calendly.com/users/m-{name}",
            Role = role,
            Name = name,
            Email = $"{name}@member.example",
            JoinedAt = now,
            UpdatedAt = now,
            LeftAt = left ? now : null,
        };
        db.Members.Add(member);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return member;
    }

    public async Task<Invitation> InvitationAsync(string name, int daysOld, string status = InvitationStatus.Pending, Guid? invitedBy = null, Member? accepted = null)
    {
        await using var db = await ContextAsync();
        var at = Clock.GetUtcNow().AddDays(-daysOld).AddHours(-1);
        var invitation = new Invitation
        {
            Uri = $"https://api.calendly.com/organizations/ORG/invitations/{name}",
            OrganizationUri = OrganizationUri,
            Email = accepted?.Email ?? $"{name}@invited.example",
            Status = status,
            UserUri = accepted?.UserUri,
            CreatedAt = at,
            UpdatedAt = at,
            LastSentAt = at,
            InvitedBy = invitedBy,
            EndedAt = accepted is null ? null : at.AddHours(29),
        };
        db.Invitations.Add(invitation);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return invitation;
    }

    public async Task<Change> ChangeAsync(
        ChangeKind kind, Member? member = null, Invitation? invitation = null, ChangeOrigin origin = ChangeOrigin.OutOfBand, int minutesAgo = 0, Guid? request = null, Guid? person = null)
    {
        await using var db = await ContextAsync();
        var change = new Change
        {
            OrganizationUri = OrganizationUri,
            Kind = kind,
            MemberId = member?.Id,
            InvitationId = invitation?.Id,
            Subject = member?.Name ?? invitation!.Email,
            SeenAt = Clock.GetUtcNow().AddMinutes(-minutesAgo),
            Origin = origin,
            RemovalRequestId = request,
            PersonId = person,
        };
        db.Changes.Add(change);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return change;
    }

    public Task<Guid> FileAsync(Actor requester, params Member[] members) => Get<RemovalService>()
        .FileAsync(Guid.CreateVersion7(), new Filing([.. members.Select(m => m.Id)], "Left the company on Friday."), requester, TestContext.Current.CancellationToken);

    public async Task<Guid> ApproveAsync(Guid request, Actor approver)
    {
        await using var db = await ContextAsync();
        var fingerprint = await db.RemovalRequests.Where(r => r.Id == request).Select(r => r.Fingerprint).SingleAsync(TestContext.Current.CancellationToken);
        return await Get<RemovalService>().ApproveAsync(Guid.CreateVersion7(), request, new(Convert.ToHexStringLower(fingerprint), "", [], WithoutImpact: true), approver, TestContext.Current.CancellationToken);
    }

    /// <summary>Up to the moment in which Calendly is asked: what comes of it is not known yet.</summary>
    public Task SendAsync(Guid id) => ExecuteAsync(id, readBack: false);

    /// <summary>Carries out an approved request as the worker does: claim, sent, read back.</summary>
    public async Task ExecuteAsync(Guid id, bool attention = false, bool readBack = true)
    {
        Clock.Advance(Get<IOptions<RemovalPolicy>>().Value.Hold);
        var now = Clock.GetUtcNow();
        await using var db = await ContextAsync();
        var request = await RemovalService.LockAsync(db, id, TestContext.Current.CancellationToken);
        request.BeginExecuting();
        foreach (var item in request.Items) item.Claim(now, now.AddMinutes(1));
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        foreach (var item in request.Items)
            if (attention) item.NeedAttention("Calendly did not answer.", now.AddMinutes(5));
            else item.AboutToDelete(now);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        if (attention || !readBack) return;
        foreach (var item in request.Items) item.Finish(ItemState.Removed, "Read back: gone.", now, now);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        request.CloseIfFinished(now);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }
}
