using AdminPortal.Demo.Processes;

namespace AdminPortal.Demo.Database;

/// <summary>
/// The user that PostgreSQL runs as. It refuses to run as root, so root hands it to <c>postgres</c>, or to <c>nobody</c>
/// where that user does not exist; anybody else runs it themselves.
/// </summary>
public sealed record ServerAccount(string? User, string? Group)
{
    /// <summary>Put before a command to run it as that user. It replaces itself: no process stays in between.</summary>
    public IReadOnlyList<string> Prefix => User is null ? [] : ["setpriv", $"--reuid={User}", $"--regid={Group}", "--clear-groups", "--"];

    public static async Task<ServerAccount> ChooseAsync(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess) return new(null, null);
        if (Shell.Find("setpriv") is null) throw new DemoException("setpriv (package util-linux) is needed to start PostgreSQL as root. Run this as a normal user instead.");
        foreach (var user in new[] { "postgres", "nobody" })
        {
            var group = await Shell.RunAsync(["id", "-g", user], cancellationToken);
            if (group.Succeeded) return new(user, group.Output.Trim());
        }
        throw new DemoException("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody. Run this as a normal user instead.");
    }

    public Task<CommandResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        Shell.RunAsync([.. Prefix, .. command], cancellationToken);

    /// <summary>Makes an existing folder this user's own, closed to everybody else.</summary>
    public async Task OwnAsync(string folder, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (User is null) return;
        var changed = await Shell.RunAsync(["chown", $"{User}:{Group}", folder], cancellationToken);
        if (!changed.Succeeded) throw new DemoException($"{folder} could not be given to {User}: {changed.Output.Trim()}");
    }

    /// <summary>Whether the folder belongs to this user and can be reached by it, all the way from the root.</summary>
    public async Task<bool> ReachesAsync(string folder, CancellationToken cancellationToken) =>
        (await RunAsync(["sh", "-c", "cd \"$1\" && test -O . && test -w .", "sh", folder], cancellationToken)).Succeeded;
}
