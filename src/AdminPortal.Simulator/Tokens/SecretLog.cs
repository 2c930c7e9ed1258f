namespace AdminPortal.Simulator.Tokens;

/// <summary>Every secret ever issued or received (PKCE verifiers, states), also those of worlds that are gone, so that a test can look for leaks of them.</summary>
internal sealed class SecretLog
{
    private readonly Lock _gate = new();
    private readonly List<string> _secrets = [SimulatorDefaults.EntraClientSecret, SimulatorDefaults.CalendlyClientSecret];

    public string Add(string secret)
    {
        lock (_gate) _secrets.Add(secret);
        return secret;
    }

    public void Received(string? secret)
    {
        if (!string.IsNullOrEmpty(secret)) Add(secret);
    }

    public IReadOnlyList<string> All()
    {
        lock (_gate) return [.. _secrets];
    }
}
