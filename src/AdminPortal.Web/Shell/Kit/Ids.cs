namespace AdminPortal.Web.Shell.Kit;

/// <summary>Element ids for labels and descriptions; unique within the process, so also within a page.</summary>
internal static class Ids
{
    private static long _last;

    public static string Next(string prefix) => $"{prefix}{Interlocked.Increment(ref _last):x}";
}
