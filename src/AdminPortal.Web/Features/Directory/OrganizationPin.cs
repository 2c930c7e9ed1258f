using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Directory;

/// <summary>Which organization this deployment manages, inside the transaction of whoever connects or confirms.</summary>
public static class OrganizationPin
{
    /// <summary>Any number; connecting and confirming take the same one, because the row that they agree on may not be there yet.</summary>
    private const long PinLock = 0x4f_72_67_61_6e_69_7a;

    /// <summary>Comes after the row of the person who acts, which every use case holds (shared), and before every other lock.</summary>
    public static Task LockAsync(PortalDbContext db, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({PinLock})", cancellationToken);

    /// <summary>A new connection: it must be of the managed organization; where the configuration names one, the first connection needs no confirmation.</summary>
    public static async Task FollowAsync(Work work, Organization organization, Connection connection, bool isConfigured, CancellationToken cancellationToken)
    {
        var pinned = await work.Db.Organizations.SingleOrDefaultAsync(cancellationToken);
        if (pinned is null)
        {
            if (isConfigured) Pin(work, organization, connection);
            return;
        }
        if (pinned.Uri != organization.Uri) throw OtherOrganization();
        (pinned.Name, pinned.Plan) = (Name(organization), organization.Plan ?? "");
    }

    /// <summary>From now on every other organization is refused. The connection becomes the one that reads the directory.</summary>
    public static void Pin(Work work, Organization organization, Connection connection) => work.Db.Organizations.Add(new ManagedOrganization
    {
        Uri = organization.Uri,
        Name = Name(organization),
        Plan = organization.Plan ?? "",
        PinnedAt = work.Now,
        PinnedBy = work.Person.Id,
        DirectoryConnectionId = connection.Id,
    });

    public static string Name(Organization organization) => organization.Name ?? organization.Uri;

    public static RefusedException OtherOrganization() => new(ConnectProblem.OtherOrganization, ConnectProblem.Words(ConnectProblem.OtherOrganization)!);
}
