namespace AdminPortal.Demo;

/// <summary>The demo can't go on, and the message tells a person what to do about it.</summary>
public sealed class DemoException : Exception
{
    public DemoException() { }

    public DemoException(string message) : base(message) { }

    public DemoException(string message, Exception innerException) : base(message, innerException) { }
}
