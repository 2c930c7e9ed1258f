using System.Data.Common;
using AdminPortal.Testing;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AdminPortal.Web.Tests.Features.Members;

/// <summary>A database with members, and the portal's services on it. Counts the statements that are sent.</summary>
internal sealed class MemberLists(TestDatabase database) : IDbContextFactory<PortalDbContext>, IAsyncDisposable
{
    private readonly Counter counter = new();

    public TestDatabase Database => database;

    public MembersService Members => new(this);

    public MemberMap Map(int needed = 1) => new(this, TimeProvider.System) { Needed = needed };

    public int Statements => counter.Count;

    public static async Task<MemberLists> CloneAsync(PostgresFixture postgres, CancellationToken cancellationToken) => new(await postgres.CloneAsync(cancellationToken));

    public PortalDbContext CreateDbContext()
    {
        var options = new DbContextOptionsBuilder<PortalDbContext>();
        options.UsePortalDatabase(database.AppConnectionString).AddInterceptors(counter);
        return new PortalDbContext(options.Options);
    }

    public async Task OwnerAsync(string sql, CancellationToken cancellationToken)
    {
        await using var owner = new Npgsql.NpgsqlConnection(database.OwnerConnectionString);
        await owner.OpenAsync(cancellationToken);
        await using var command = new Npgsql.NpgsqlCommand(sql, owner);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static Member Member(string unique, string name, string email, string role = "user", DateTimeOffset? joined = null, DateTimeOffset? left = null) => new()
    {
        Uri = $"https://api.calendly.com/organization_memberships/{unique}",
        OrganizationUri = "https://api.calendly.com/organizations/O",
        UserUri = $"https://api.calendly.com/users/{unique}",
        Role = role,
        Name = name,
        Email = email,
        JoinedAt = joined ?? DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
        LeftAt = left,
    };

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private sealed class Counter : DbCommandInterceptor
    {
        private int count;

        public int Count => count;

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref count);
            return ValueTask.FromResult(result);
        }
    }
}
