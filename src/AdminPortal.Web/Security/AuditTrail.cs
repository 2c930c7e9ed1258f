using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AdminPortal.Web.Data;
using AdminPortal.Web.Features.Audit;

namespace AdminPortal.Web.Security;

/// <summary>What an audit entry is about: its kind, its id, and the words by which people know it.</summary>
public sealed record AuditObject(string Type, string Id, string Label);

/// <summary>Adds entries to the trail in the caller's transaction: no effect without its entry, no entry without its effect.</summary>
public sealed class AuditTrail(TimeProvider clock)
{
    private static readonly string Instance = $"{Environment.MachineName}:{Environment.ProcessId}";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="details">A record of allow-listed fields made for this entry; never an entity, a request or an exception.</param>
    public AuditEntry Add(
        PortalDbContext db, Actor actor, string action, AuditObject about, AuditOutcome outcome,
        object? details = null, Guid? commandId = null, long? intent = null)
    {
        var entry = new AuditEntry
        {
            At = clock.GetUtcNow(),
            PersonId = actor.PersonId,
            ActorObjectId = actor.ObjectId,
            ActorTenantId = actor.TenantId,
            ActorName = actor.Name,
            Source = actor.Source,
            Instance = Instance,
            Action = action,
            ObjectType = about.Type,
            ObjectId = about.Id,
            ObjectLabel = about.Label,
            Outcome = outcome,
            Details = details is null ? null : JsonSerializer.Serialize(details, Json),
            CommandId = commandId,
            IntentSequence = intent,
            CorrelationId = Activity.Current?.TraceId.ToString(),
        };
        db.AuditEntries.Add(entry);
        return entry;
    }
}
