using AdminPortal.Web.Security;

namespace AdminPortal.Web.Features.Audit;

/// <summary>Reading the trail leaves a trace in it.</summary>
public sealed class AuditService(UseCase useCase)
{
    public const string ReadAction = "audit.read";

    /// <summary>Called once a visit, before anything of the trail is shown; the permission is checked here as well.</summary>
    public Task<Guid> RecordReadAsync(Guid commandId, Actor actor, CancellationToken cancellationToken) =>
        useCase.RunAsync(new Command(commandId, ReadAction, Permission.ReadAudit), actor,
            (_, _) => Task.FromResult(new Done(new AuditObject("audit", commandId.ToString(), "Audit log"), commandId)), cancellationToken);
}
