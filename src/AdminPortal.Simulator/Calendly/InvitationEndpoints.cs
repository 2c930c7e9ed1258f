using System.Text.Json;
using System.Text.RegularExpressions;
using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Model;

namespace AdminPortal.Simulator.Calendly;

internal static partial class InvitationEndpoints
{
    private const string NoSeats = "You already sent all the invitations you're allotted based upon the number of seats purchased with your account. Please purchase more seats to send more invitations.";
    private const string NotAllowed = "You do not have permission";

    public static void MapInvitations(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/organizations/{organization}/invitations", List).Needs("organizations:read");
        routes.MapGet("/organizations/{organization}/invitations/{uuid}", Get).Needs("organizations:read");
        routes.MapPost("/organizations/{organization}/invitations", CreateAsync).Needs("organizations:write");
        routes.MapDelete("/organizations/{organization}/invitations/{uuid}", Revoke).Needs("organizations:write");
    }

    private static IResult List(Call call, string organization)
    {
        Guard(call, organization);
        var count = Wire.Count(call);
        var cursor = Wire.PageToken(call);
        var descending = Wire.Descending(call, "created_at");
        var email = call.Query("email");
        var status = call.Query("status");
        if (status is not (null or "pending" or "accepted" or "declined")) throw ApiError.Invalid("status", "invalid");
        bool Matches(Invitation invitation) => (status is null || invitation.Status == status) && (email is null || invitation.Email.Equals(email, StringComparison.OrdinalIgnoreCase));

        Page<Invitation> page;
        lock (call.World.Gate) page = Paging.Read(call.World.Invitations.All, invitation => invitation.Sequence, Matches, descending, cursor, count);
        return Wire.List(call, page, invitation => Shapes.Invitation(call.World, invitation));
    }

    private static IResult Get(Call call, string organization, string uuid)
    {
        Guard(call, organization);
        Ids.Check(uuid);
        lock (call.World.Gate) return Wire.Resource(Shapes.Invitation(call.World, call.World.Invitations.Find(uuid) ?? throw ApiError.NotFound()));
    }

    /// <summary>https://developer.calendly.com/api-docs/094d15d2cd4ab-invite-user-to-organization</summary>
    private static async Task<IResult> CreateAsync(Call call, string organization)
    {
        Guard(call, organization, NotAllowed);
        var email = await EmailAsync(call.Http.Request);
        var world = call.World;
        lock (world.Gate)
        {
            if (world.Settings.ScimEnforced) throw ApiError.Forbidden(MembershipEndpoints.ScimText);
            if (string.IsNullOrWhiteSpace(email)) throw ApiError.Invalid("email", "must be filled");
            if (!Address().IsMatch(email)) throw ApiError.BadRequest("Invalid Email", $"{email} is an invalid email format");
            if (world.Roster.FindEmail(email) is { } member && world.IsMember(member)) throw ApiError.BadRequest("Already Organization Member", $"{email} is already in the organization");
            if (world.Invitations.FindPending(email) is not null) throw ApiError.BadRequest("Already Invited", $"{email} has already been invited");
            if (world.Roster.Members.Count + world.Invitations.PendingCount >= world.Settings.SeatLimit) throw ApiError.Forbidden(NoSeats);
            var now = world.Now;
            var dice = Dice.For(world.Settings.Seed, world.Invitations.NextSequence, "invited");
            var invitation = new Invitation
            {
                Sequence = world.Invitations.NextSequence,
                Id = dice.Uuid(),
                Email = email,
                Status = "pending",
                CreatedAt = now,
                UpdatedAt = now,
                LastSentAt = now,
            };
            world.Invitations.Add(invitation);
            world.Activity.AddInvitation(ActivityNames.InvitationSent, world.Activity.ActorOf(call.Caller), ActivityLog.Api, email);
            call.Applied();
            return Wire.Resource(Shapes.Invitation(world, invitation), StatusCodes.Status201Created);
        }
    }

    private static IResult Revoke(Call call, string organization, string uuid)
    {
        Guard(call, organization);
        Ids.Check(uuid);
        var world = call.World;
        lock (world.Gate)
        {
            if (world.Settings.ScimEnforced) throw ApiError.Forbidden(MembershipEndpoints.ScimText);
            var invitation = world.Invitations.Find(uuid) ?? throw ApiError.NotFound();
            if (invitation.Status == "accepted") throw ApiError.BadRequest("Invitation Already Accepted", "The invitation has already been accepted.");
            world.Invitations.Remove(invitation);
            world.Activity.AddInvitation(ActivityNames.InvitationRevoked, world.Activity.ActorOf(call.Caller), ActivityLog.Api, invitation.Email);
            call.Applied();
        }
        return Results.NoContent();
    }

    private static void Guard(Call call, string organization, string? refusal = null)
    {
        Ids.Check(organization);
        if (organization != call.World.OrganizationId && organization != call.Caller.OrganizationId) throw ApiError.NotFound();
        if (organization == call.World.OrganizationId && call.CallerIsAdmin) return;
        throw refusal is null ? ApiError.Forbidden() : ApiError.Forbidden(refusal);
    }

    private static async Task<string?> EmailAsync(HttpRequest request)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("email", out var email) && email.ValueKind == JsonValueKind.String
                ? email.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^[^@\s,;<>""]+@[^@\s,;<>"".]+(\.[^@\s,;<>"".]+)+$")]
    private static partial Regex Address();
}
