namespace AdminPortal.Web.Security;

/// <summary>Why something is not done: a stable code for tests and the audit log, and words for the person, naming who could act.</summary>
public sealed record Refusal(string Code, string Words);

/// <summary>An action was refused; nothing was changed.</summary>
public sealed class RefusedException(Refusal refusal, Exception? inner = null) : Exception(refusal.Words, inner)
{
    public RefusedException(string code, string words) : this(new Refusal(code, words)) { }

    public Refusal Refusal { get; } = refusal;
}
