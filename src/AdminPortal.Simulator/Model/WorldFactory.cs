using System.Globalization;
using System.Text;
using AdminPortal.Simulator.Calls;
using AdminPortal.Simulator.Tokens;

namespace AdminPortal.Simulator.Model;

/// <summary>
/// Makes the same organization from the same seed. Joining dates are fixed, so that a simulator started again tomorrow
/// shows the same directory; invitations and meetings are recent, so they are relative to the start.
/// </summary>
internal static class WorldFactory
{
    private const string Domain = "harbourlight.example";
    private static readonly DateTimeOffset Founded = new(2018, 6, 4, 8, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Joining = TimeSpan.FromDays(2560);

    public static World Make(SimulatorSettings settings, SimulatorOptions options, TimeProvider clock, SecretLog secrets)
    {
        var dice = Dice.For(settings.Seed, 0, "organization");
        var organizationId = dice.Uuid();
        var now = clock.GetUtcNow();
        var roster = new Roster(organizationId, settings.Members + 16);
        AddMembers(roster, settings, organizationId);
        var book = new InvitationBook();
        AddInvitations(book, roster, settings, now);
        var groups = new GroupBook(settings);
        var uris = new Uris(options.UriPrefix);
        var activity = new ActivityLog(settings, uris, groups, clock);
        if (settings.Plan == "enterprise") AddHistory(activity, book, roster, settings);
        return new World
        {
            Settings = settings,
            Uris = uris,
            OrganizationId = organizationId,
            CreatedAt = now,
            Roster = roster,
            Invitations = book,
            Groups = groups,
            Activity = activity,
            PageTokens = new PageTokens(Encoding.UTF8.GetBytes($"pages of {organizationId}")),
            Tokens = new TokenStore(settings, clock, secrets),
            Limiter = new RateLimiter(settings, clock),
            Clock = clock,
            DemoUserIds = SimulatorDefaults.People.ToDictionary(person => person.Email, person => roster.FindEmail(person.Email)!.UserId, StringComparer.OrdinalIgnoreCase),
        };
    }

    private static void AddMembers(Roster roster, SimulatorSettings settings, string organizationId)
    {
        var total = settings.Members;
        var people = new Dictionary<int, DemoPerson>();
        var staff = SimulatorDefaults.People.OrderBy(person => person.CalendlyRole == "owner" ? 0 : 1).ToList();
        for (var i = 0; i < staff.Count; i++) people[(int)((long)i * total / staff.Count)] = staff[i];
        for (var slot = 0; slot < total; slot++)
        {
            var dice = Dice.For(settings.Seed, slot, "member");
            var joined = Founded + Joining * ((slot + dice.Below(1000) / 1001.0) / total);
            var known = people.GetValueOrDefault(slot);
            var region = dice.Pick(Names.Regions);
            var (name, email) = known is null ? NameFor(ref dice, region, roster) : (known.Name, known.Email);
            // Rows from Calendly's early years carry ids of 16 capital letters and digits.
            var legacy = joined.Year < 2020;
            roster.Add(new Member
            {
                Sequence = slot + 1,
                Id = legacy ? dice.LegacyId() : dice.Uuid(),
                UserId = legacy ? dice.LegacyId() : dice.Uuid(),
                OrganizationId = organizationId,
                Name = name,
                Email = email,
                Role = known?.CalendlyRole ?? (dice.Percent(2) ? "admin" : "user"),
                TimeZone = known is null ? dice.Pick(region.TimeZones) : "Europe/London",
                UserCreatedAt = dice.Percent(30) ? joined.AddDays(-dice.Below(400)) : joined,
                CreatedAt = joined,
                UpdatedAt = joined.AddDays(dice.Below(200)),
            });
        }
    }

    private static (string Name, string Email) NameFor(ref Dice dice, Region region, Roster roster)
    {
        var first = dice.Pick(region.First);
        var last = dice.Pick(region.Last);
        var initial = (char)('A' + dice.Below(26));
        var name = $"{first} {last}";
        var email = $"{Names.Mailbox(name)}@{Domain}";
        if (roster.FindEmail(email) is null) return (name, email);
        name = $"{first} {initial}. {last}";
        var mailbox = $"{Names.Mailbox(first)}.{char.ToLowerInvariant(initial)}.{Names.Mailbox(last)}";
        email = $"{mailbox}@{Domain}";
        for (var number = 2; roster.FindEmail(email) is not null; number++)
            email = string.Create(CultureInfo.InvariantCulture, $"{mailbox}{number}@{Domain}");
        return (name, email);
    }

    private static void AddInvitations(InvitationBook book, Roster roster, SimulatorSettings settings, DateTimeOffset now)
    {
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        for (var i = 0; i < settings.Invitations; i++)
        {
            var dice = Dice.For(settings.Seed, i, "invitation");
            // One in seven was accepted, one in seven declined, the rest wait.
            var status = (i % 7) switch { 5 => "declined", 6 => "accepted", _ => "pending" };
            var joined = status == "accepted" ? roster.Members[^(1 + i / 7 % Math.Min(50, roster.Members.Count))] : null;
            if (joined is not null && SimulatorDefaults.People.Any(person => person.Email == joined.Email)) (status, joined) = ("declined", null);
            var email = joined?.Email ?? Newcomer(ref dice, roster, used);
            var created = today.AddDays(-60.0 * (settings.Invitations - i) / settings.Invitations).AddMinutes(dice.Below(600));
            if (created > now) created = now.AddMinutes(-5);
            var reminded = status == "pending" && now - created > TimeSpan.FromDays(7);
            book.Add(new Invitation
            {
                Sequence = i + 1,
                Id = dice.Uuid(),
                Email = email,
                Status = status,
                UserId = joined?.UserId,
                CreatedAt = created,
                UpdatedAt = status == "pending" ? created : created.AddHours((now - created).TotalHours / 3),
                LastSentAt = reminded ? created.AddDays(7) : created,
            });
        }
    }

    /// <summary>What the invitations of an organization with an activity log have left in it.</summary>
    private static void AddHistory(ActivityLog activity, InvitationBook book, Roster roster, SimulatorSettings settings)
    {
        var admins = roster.Members.Where(member => member.IsAdmin).ToList();
        var history = new List<(DateTimeOffset At, string Name, ActivityActor Actor, string Email)>();
        foreach (var invitation in book.All)
        {
            var sender = Dice.For(settings.Seed, invitation.Sequence, "sender").Pick(admins);
            history.Add((invitation.CreatedAt, ActivityNames.InvitationSent, activity.ActorOf(sender), invitation.Email));
            if (invitation.Status == "pending") continue;
            var invited = roster.FindEmail(invitation.Email) is { } member ? activity.ActorOf(member) : new ActivityActor(invitation.Email);
            history.Add((invitation.UpdatedAt, invitation.Status == "accepted" ? ActivityNames.InvitationAccepted : ActivityNames.InvitationDeclined, invited, invitation.Email));
        }
        foreach (var (at, name, actor, email) in history.OrderBy(entry => entry.At)) activity.Add(at, name, actor, ("email", email), ("source", ActivityLog.Pages));
    }

    private static string Newcomer(ref Dice dice, Roster roster, HashSet<string> used)
    {
        while (true)
        {
            var region = dice.Pick(Names.Regions);
            var mailbox = Names.Mailbox($"{dice.Pick(region.First)} {dice.Pick(region.Last)}");
            for (var number = 1; number < 50; number++)
            {
                var email = number == 1 ? $"{mailbox}@{Domain}" : string.Create(CultureInfo.InvariantCulture, $"{mailbox}{number}@{Domain}");
                if (roster.FindEmail(email) is null && used.Add(email)) return email;
            }
        }
    }
}
