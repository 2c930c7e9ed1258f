namespace AdminPortal.Web.Features.Connections;

/// <summary>A connection cannot be used now. The message is for people: what is the matter, and who can mend it.</summary>
public sealed class ConnectionUnusableException(string words, bool isTemporary = false, Exception? inner = null) : Exception(words, inner)
{
    /// <summary>It may work again by itself shortly; otherwise its owner has to reconnect.</summary>
    public bool IsTemporary { get; } = isTemporary;
}
