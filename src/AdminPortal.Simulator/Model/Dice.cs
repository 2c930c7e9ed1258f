namespace AdminPortal.Simulator.Model;

/// <summary>SplitMix64: small, fast, and the same on every runtime, so that a seed always makes the same world.</summary>
internal struct Dice(ulong state)
{
    private const string LegacyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private ulong _state = state;

    /// <summary>Independent dice for one subject and purpose: what one thing rolls never shifts what another gets.</summary>
    public static Dice For(int seed, long subject, string purpose)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in purpose) hash = (hash ^ letter) * 1099511628211UL;
        var dice = new Dice(hash ^ ((ulong)(uint)seed << 32));
        return new Dice(dice.Next() ^ ((ulong)subject * 0x9E3779B97F4A7C15UL));
    }

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15UL;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    public int Below(int limit) => (int)Math.BigMul(Next(), (ulong)limit, out _);

    public bool Percent(int percent) => Below(100) < percent;

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>Ids of newer rows: a lowercase version 4 UUID.</summary>
    public string Uuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, Next());
        BitConverter.TryWriteBytes(bytes[8..], Next());
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    /// <summary>Ids of older rows look like <c>BBAAVV7Y4GYBRXEA</c>.</summary>
    public string LegacyId()
    {
        Span<char> letters = stackalloc char[16];
        foreach (ref var letter in letters) letter = LegacyAlphabet[Below(LegacyAlphabet.Length)];
        return new string(letters);
    }
}
