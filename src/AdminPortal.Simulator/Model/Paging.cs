using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AdminPortal.Simulator.Model;

/// <summary>Where a page starts: after (or, backwards, before) the row with this sequence number.</summary>
internal readonly record struct Cursor(long Sequence, bool Backwards);

internal sealed record Page<T>(IReadOnlyList<T> Items, Cursor? Next, Cursor? Previous);

internal static class Paging
{
    /// <summary>Reads one page in O(log n + page); what the filter rejects is skipped on the way.</summary>
    /// <param name="rows">Ascending by <paramref name="sequence"/>.</param>
    public static Page<T> Read<T>(IReadOnlyList<T> rows, Func<T, long> sequence, Func<T, bool> filter, bool descending, Cursor? cursor, int count)
    {
        var backwards = cursor is { Backwards: true };
        var step = descending == backwards ? 1 : -1;
        var from = cursor is { } at ? Seek(rows, sequence, at.Sequence, step) : step > 0 ? 0 : rows.Count - 1;
        var items = new List<T>(count);
        var index = from;
        for (; index >= 0 && index < rows.Count && items.Count < count; index += step)
            if (filter(rows[index])) items.Add(rows[index]);
        if (items.Count == 0) return new(items, null, null);
        var more = Any(rows, filter, index, step);
        var behind = cursor is not null && Any(rows, filter, from - step, -step);
        if (backwards) items.Reverse();
        Cursor? next = (backwards ? behind : more) ? new Cursor(sequence(items[^1]), false) : null;
        Cursor? previous = (backwards ? more : behind) ? new Cursor(sequence(items[0]), true) : null;
        return new(items, next, previous);
    }

    private static bool Any<T>(IReadOnlyList<T> rows, Func<T, bool> filter, int index, int step)
    {
        for (; index >= 0 && index < rows.Count; index += step)
            if (filter(rows[index])) return true;
        return false;
    }

    /// <summary>The first row beyond the sequence number in the direction of travel, whether that row still exists or not.</summary>
    private static int Seek<T>(IReadOnlyList<T> rows, Func<T, long> sequence, long value, int step)
    {
        int low = 0, high = rows.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (step > 0 ? sequence(rows[middle]) <= value : sequence(rows[middle]) < value) low = middle + 1;
            else high = middle;
        }
        return step > 0 ? low : low - 1;
    }
}

/// <summary>Opaque page tokens of 32 characters, valid for the list that gave them.</summary>
internal sealed class PageTokens(byte[] key)
{
    public string Write(string list, Cursor cursor)
    {
        Span<byte> token = stackalloc byte[16];
        var value = (cursor.Sequence << 1) | (cursor.Backwards ? 1L : 0L);
        Tag(list, value, token[..8]);
        BinaryPrimitives.WriteInt64BigEndian(token[8..], value ^ Mask(token[..8]));
        return Convert.ToHexStringLower(token);
    }

    public bool TryRead(string list, string text, out Cursor cursor)
    {
        cursor = default;
        Span<byte> token = stackalloc byte[16];
        Span<byte> tag = stackalloc byte[8];
        if (text.Length != 32 || Convert.FromHexString(text, token, out _, out _) != System.Buffers.OperationStatus.Done) return false;
        var value = BinaryPrimitives.ReadInt64BigEndian(token[8..]) ^ Mask(token[..8]);
        Tag(list, value, tag);
        if (!tag.SequenceEqual(token[..8])) return false;
        cursor = new Cursor(value >> 1, (value & 1) == 1);
        return true;
    }

    private long Mask(ReadOnlySpan<byte> tag)
    {
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(key, tag, hash);
        return BinaryPrimitives.ReadInt64BigEndian(hash);
    }

    private void Tag(string list, long value, Span<byte> tag)
    {
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{list}:{value}"), hash);
        hash[..8].CopyTo(tag);
    }
}
