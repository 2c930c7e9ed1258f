using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Connections;
using AdminPortal.Web.Security;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Invitations;

/// <summary>Asks for invitations to be sent. The worker sends them, on the connection of the person who asked.</summary>
public sealed class InvitationService(IDbContextFactory<PortalDbContext> contexts, UseCase useCase, People people, TimeProvider clock)
{
    public const int MostAtOnce = 200;

    /// <returns>The batch, whose rows say what became of each address.</returns>
    /// <exception cref="RefusedException">Nothing will be sent; the words say why.</exception>
    public Task<Guid> SendAsync(Guid commandId, string addresses, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, "invitations.asked", Permission.Invite), actor, async (work, ct) =>
        {
            var list = AddressList.Parse(addresses);
            if (list.NotAddresses.Count > 0) throw new RefusedException("not_an_address", $"“{list.NotAddresses[0]}” is not an address. Nothing was sent.");
            if (list.Addresses.Count == 0) throw new RefusedException("no_address", "There is no address to invite.");
            if (list.Addresses.Count > MostAtOnce)
                throw new RefusedException("too_many", $"{list.Addresses.Count} addresses are more than the {MostAtOnce} that can be sent at once. Nothing was sent.");
            var connection = await ConnectionOfAsync(work.Db, work.Person.Id, ct);
            if (WhyNot(connection) is { } refusal) throw new RefusedException(refusal);

            var batch = Guid.CreateVersion7();
            work.Db.InvitationSends.AddRange(list.Addresses.Select((address, index) => new InvitationSend
            {
                BatchId = batch,
                Line = index + 1,
                Email = address,
                SenderId = work.Person.Id,
                ConnectionId = connection!.Id,
                CreatedAt = work.Now,
            }));
            var label = list.Addresses.Count == 1 ? $"Invitation of {list.Addresses[0]}" : $"{list.Addresses.Count} invitations";
            return new Done(new AuditObject("invitation_batch", batch.ToString(), label), batch, new { list.Addresses });
        }, cancellationToken);

    /// <summary>Why this person cannot invite or revoke now; the page shows it beside the button.</summary>
    public async Task<Refusal?> WhyNotAsync(Actor actor, CancellationToken cancellationToken)
    {
        var person = await people.FindAsync(actor, cancellationToken);
        if (UseCase.WhyNot(person, Permission.Invite, clock.GetUtcNow()) is { } refusal) return refusal;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return WhyNot(await ConnectionOfAsync(db, person!.Id, cancellationToken));
    }

    internal static async Task<Connection?> ConnectionOfAsync(PortalDbContext db, Guid personId, CancellationToken cancellationToken) =>
        await db.Connections.AsNoTracking()
            .SingleOrDefaultAsync(c => c.PersonId == personId && db.Organizations.Any(o => o.Uri == c.OrganizationUri), cancellationToken);

    internal static Refusal? WhyNot(Connection? connection) => connection switch
    {
        null or { State: ConnectionState.Disconnected } => new("not_connected", "You are not connected to Calendly. Connect your account on the page Connections first."),
        { State: ConnectionState.NeedsReconnect } => new("needs_reconnect", "Your Calendly connection stopped working. Reconnect on the page Connections first."),
        _ when !connection.MayHave(Scopes.OrganizationsWrite) =>
            new("missing_scope", "Your Calendly connection lacks organizations:write. Reconnect on the page Connections and allow it."),
        _ => null,
    };
}
