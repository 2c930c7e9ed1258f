using System.Globalization;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Directory;
using AdminPortal.Web.Features.Invitations;
using AdminPortal.Web.Features.Removals;
using AdminPortal.Web.Shell;
using AdminPortal.Web.Shell.Kit;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Members;

/// <summary>Something that happened with one person.</summary>
public sealed record HistoryLine(DateTimeOffset At, string Icon, Tone Tone, IReadOnlyList<Phrase> Words);

/// <summary>The newest of it, newest first.</summary>
public sealed record History(IReadOnlyList<HistoryLine> Lines, bool HasMore);

/// <summary>What is known of one person's time in the organization: changes, invitations and removal requests in one line of time.</summary>
public sealed class MemberHistory(IDbContextFactory<PortalDbContext> contexts)
{
    /// <summary>Nobody is invited more often than that.</summary>
    private const int MostInvitations = 50;

    public async Task<History> ReadAsync(Member member, int most, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var address = member.Email.ToLowerInvariant();
#pragma warning disable CA1862, CA1304, CA1311 // Translated to SQL, where only lower() exists.
        var invitations = await db.Invitations.AsNoTracking().Where(i => i.UserUri == member.UserUri || i.Email.ToLower() == address).OrderByDescending(i => i.CreatedAt).Take(MostInvitations)
            .Select(i => new { Invitation = i, By = db.People.Where(p => p.Id == i.InvitedBy).Select(p => p.Name).FirstOrDefault(), RevokedBy = db.People.Where(p => p.Id == i.RevokedBy).Select(p => p.Name).FirstOrDefault() })
            .ToListAsync(cancellationToken);
#pragma warning restore CA1862, CA1304, CA1311
        Guid?[] invited = [.. invitations.Select(i => (Guid?)i.Invitation.Id)];
        var changes = await Newest(db.Changes.AsNoTracking().Where(c => c.MemberId == member.Id), most).Concat(Newest(db.Changes.AsNoTracking().Where(c => invited.Contains(c.InvitationId)), most))
            .Select(ChangeQueries.Line(db)).ToListAsync(cancellationToken);
        var items = await db.RemovalItems.AsNoTracking().Where(i => i.MemberId == member.Id).OrderByDescending(i => i.Request!.FiledAt).Take(most + 1)
            .Select(i => new { i.RequestId, i.Request!.Number, i.Request.RequesterName, i.Request.FiledAt, i.State, i.FinishedAt, i.Explanation }).ToListAsync(cancellationToken);
        var lines = changes.Select(Of)
            .Concat(invitations.SelectMany(i => Of(i.Invitation, i.By, i.RevokedBy, [.. changes.Where(c => c.Change.InvitationId == i.Invitation.Id).Select(c => c.Change.Kind)])))
            .Concat(items.SelectMany(i => Of(i.RequestId, i.Number, i.RequesterName, i.FiledAt, i.State, i.FinishedAt, i.Explanation)));
        // Whoever was there before the portal looked has no change that says so.
        if (!changes.Exists(c => c.Change.Kind == ChangeKind.Joined) && !invitations.Exists(i => i.Invitation.Status == InvitationStatus.Accepted))
            lines = lines.Append(new(member.JoinedAt, ChangeWords.Icon(ChangeKind.Joined), ChangeWords.Tone(ChangeKind.Joined), [new("Joined")]));
        var newest = lines.OrderByDescending(line => line.At).Take(most + 1).ToList();
        return new([.. newest.Take(most)], newest.Count > most);
    }

    private static IQueryable<Change> Newest(IQueryable<Change> changes, int most) => changes.OrderByDescending(c => c.SeenAt).ThenByDescending(c => c.Id).Take(most + 1);

    private static HistoryLine Of(ChangeLine line) => new(line.At, ChangeWords.Icon(line.Change.Kind), ChangeWords.Tone(line.Change.Kind), ChangeWords.Of(line));

    /// <summary>What the ledger knows of an invitation and no change tells: it is older than the changes, or was found as it ended.</summary>
    private static IEnumerable<HistoryLine> Of(Invitation invitation, string? by, string? revokedBy, IReadOnlyCollection<ChangeKind> told)
    {
        if (!told.Contains(ChangeKind.Invited)) yield return Line(ChangeKind.Invited, invitation.CreatedAt, by);
        if (invitation.EndedAt is not { } ended || EndOf(invitation.Status) is not { } kind || told.Contains(kind)) yield break;
        yield return Line(kind, ended, revokedBy);

        HistoryLine Line(ChangeKind what, DateTimeOffset at, string? who) => Of(new ChangeLine(new()
        {
            OrganizationUri = invitation.OrganizationUri,
            Kind = what,
            Subject = invitation.Email,
            SeenAt = at,
            HappenedAt = at,
            Origin = who is null ? ChangeOrigin.OutOfBand : ChangeOrigin.Ours,
        }, null, who, false, invitation.CreatedAt));
    }

    private static ChangeKind? EndOf(string status) => status switch
    {
        InvitationStatus.Accepted => ChangeKind.InvitationAccepted,
        InvitationStatus.Declined => ChangeKind.InvitationDeclined,
        InvitationStatus.Revoked => ChangeKind.InvitationRevoked,
        InvitationStatus.Vanished => ChangeKind.InvitationVanished,
        _ => null,
    };

    private static IEnumerable<HistoryLine> Of(Guid id, int number, string requester, DateTimeOffset filedAt, ItemState state, DateTimeOffset? finishedAt, string? explanation)
    {
        var label = new Phrase(string.Create(CultureInfo.InvariantCulture, $"R-{number}"), Href: Urls.Removal(id));
        // A removal that was carried out is told by the departure.
        if (finishedAt is { } at && state != ItemState.Removed)
        {
            var kind = ChipKinds.All[RemovalChips.Kind(state)];
            yield return new(at, kind.Icon, kind.Tone, [new("Removal "), label, new($": {kind.Word.ToLowerInvariant()}{(explanation is null ? "" : $". {explanation}")}")]);
        }
        yield return new(filedAt, "message-2", Tone.Blue, [new($"Removal requested by {requester}: "), label]);
    }
}
