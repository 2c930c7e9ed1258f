using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Control;

/// <summary>What happens to members and invitations without the portal.</summary>
internal static class MemberControl
{
    public static void MapMemberControl(this IEndpointRouteBuilder control)
    {
        control.MapGet("/members", List);
        control.MapPost("/members", AddAsync);
        control.MapPatch("/members/{uuid}", ChangeAsync);
        control.MapDelete("/members/{uuid}", Remove);
        control.MapPost("/invitations/{uuid}/accept", (Simulation simulation, string uuid) => Answer(simulation, uuid, "accepted"));
        control.MapPost("/invitations/{uuid}/decline", (Simulation simulation, string uuid) => Answer(simulation, uuid, "declined"));
    }

    /// <summary>The actor is the address of the member who does it on Calendly's pages; the owner unless it is said.</summary>
    private sealed record MemberChange(string? Email = null, string? Name = null, string? Role = null, string? Actor = null);

    private static object Show(World world, Member member) => new
    {
        uuid = member.Id,
        uri = world.Uris.Membership(member.Id),
        user = world.Uris.User(member.UserId),
        email = member.Email,
        name = member.Name,
        role = member.Role,
    };

    private static IResult List(Simulation simulation, string? email)
    {
        var world = simulation.World;
        List<Member> members;
        lock (world.Gate)
        {
            members = email is null ? [.. world.Roster.Members]
                : world.Roster.FindEmail(email) is { } found && world.IsMember(found) ? [found] : [];
        }
        return Results.Json(members.Select(member => Show(world, member)));
    }

    private static async Task<IResult> AddAsync(HttpRequest request, Simulation simulation)
    {
        var wish = await ControlGate.ReadAsync<MemberChange>(request);
        if (wish.Email is null || !wish.Email.Contains('@', StringComparison.Ordinal)) throw new ControlError(400, "email is missing");
        if (wish.Role == "owner") throw new ControlError(400, "there is one owner; make a member owner to hand that over");
        var world = simulation.World;
        lock (world.Gate)
        {
            if (world.Roster.FindEmail(wish.Email) is { } known && world.IsMember(known)) throw new ControlError(409, $"{wish.Email} is a member already");
            var actor = Actor(world, wish.Actor);
            var member = world.Join(wish.Email, wish.Name ?? NameOf(wish.Email), wish.Role ?? "user");
            Log(world, ActivityNames.MemberAdded, actor, member);
            return Results.Json(Show(world, member), statusCode: StatusCodes.Status201Created);
        }
    }

    private static async Task<IResult> ChangeAsync(HttpRequest request, Simulation simulation, string uuid)
    {
        var wish = await ControlGate.ReadAsync<MemberChange>(request);
        var world = simulation.World;
        lock (world.Gate)
        {
            var member = Find(world, uuid);
            var after = member with
            {
                Email = wish.Email ?? member.Email,
                Name = wish.Name ?? member.Name,
                Role = wish.Role ?? member.Role,
                UpdatedAt = world.Now,
            };
            if (!after.Email.Contains('@', StringComparison.Ordinal)) throw new ControlError(400, "email is not an address");
            if (string.IsNullOrWhiteSpace(after.Role) || string.IsNullOrWhiteSpace(after.Name)) throw new ControlError(400, "role and name must not be blank");
            if (world.Roster.FindEmail(after.Email) is { } other && other.UserId != member.UserId) throw new ControlError(409, $"{after.Email} is taken");
            if (member.Role == "owner" && after.Role != "owner") throw new ControlError(409, "make another member owner instead");
            var actor = Actor(world, wish.Actor);
            if (after.Role == "owner" && member.Role != "owner" && world.Roster.Members.FirstOrDefault(one => one.Role == "owner") is { } owner)
            {
                var former = owner with { Role = "admin", UpdatedAt = world.Now };
                world.Roster.Replace(owner, former);
                LogChange(world, ActivityNames.RoleChanged, actor, former, "role", owner.Role, former.Role);
            }
            world.Roster.Replace(member, after);
            LogChange(world, ActivityNames.NameChanged, actor, after, "name", member.Name, after.Name);
            LogChange(world, ActivityNames.EmailChanged, actor, after, "email", member.Email, after.Email);
            LogChange(world, ActivityNames.RoleChanged, actor, after, "role", member.Role, after.Role);
            // A changed sign-in address ends all grants of that user, OAuth and personal, as Calendly's FAQ says.
            if (after.Email != member.Email) world.Tokens.RevokeAll(member.UserId);
            return Results.Json(Show(world, after));
        }
    }

    private static IResult Remove(Simulation simulation, string uuid, string? actor)
    {
        var world = simulation.World;
        lock (world.Gate)
        {
            var member = Find(world, uuid);
            if (member.Role == "owner") throw new ControlError(409, "the owner can't be removed");
            Log(world, ActivityNames.MemberRemoved, Actor(world, actor), member);
            world.Remove(member);
        }
        return Results.NoContent();
    }

    private static IResult Answer(Simulation simulation, string uuid, string status)
    {
        var world = simulation.World;
        lock (world.Gate)
        {
            var invitation = world.Invitations.Find(uuid) ?? throw new ControlError(404, "there is no such invitation");
            if (invitation.Status != "pending") throw new ControlError(409, $"the invitation is {invitation.Status}");
            var known = world.Roster.FindEmail(invitation.Email);
            var joins = status == "accepted" && (known is null || !world.IsMember(known));
            var user = joins ? world.Join(invitation.Email, NameOf(invitation.Email), "user") : status == "accepted" ? known : null;
            world.Invitations.Replace(invitation, invitation with { Status = status, UserId = user?.UserId, UpdatedAt = world.Now });
            var name = status == "accepted" ? ActivityNames.InvitationAccepted : ActivityNames.InvitationDeclined;
            world.Activity.AddInvitation(name, (user ?? known) is { } person ? world.Activity.ActorOf(person) : new ActivityActor(invitation.Email), ActivityLog.Pages, invitation.Email);
            if (joins) Log(world, ActivityNames.MemberAdded, user!, user!);
            return Results.Json(new { uuid, uri = world.Uris.Invitation(world.OrganizationId, uuid), email = invitation.Email, status, user = user is null ? null : world.Uris.User(user.UserId) });
        }
    }

    private static Member Find(World world, string uuid) =>
        world.Roster.FindMembership(uuid) is { } member && world.IsMember(member) ? member : throw new ControlError(404, "there is no such member");

    private static Member Actor(World world, string? email) =>
        email is null ? world.Roster.Members.First(one => one.Role == "owner")
        : world.Roster.FindEmail(email) is { } member && world.IsMember(member) ? member
        : throw new ControlError(404, $"there is no member {email} who could do that");

    private static void Log(World world, string name, Member actor, Member member, params ReadOnlySpan<(string, string)> more) =>
        world.Activity.AddMember(name, actor, ActivityLog.Pages, member, more);

    private static void LogChange(World world, string name, Member actor, Member member, string field, string before, string after)
    {
        if (after != before) Log(world, name, actor, member, ($"previous_{field}", before));
    }

    /// <summary><c>kim.berg@…</c> becomes <c>Kim Berg</c>.</summary>
    private static string NameOf(string email) => string.Join(' ', email.Split('@')[0].Split('.', StringSplitOptions.RemoveEmptyEntries)
        .Select(part => $"{char.ToUpperInvariant(part[0])}{part[1..]}"));
}
