namespace AdminPortal.Web.Shell;

/// <summary>Something that fills a part of <see cref="ShellState"/> for one circuit and keeps it up to date from then on.</summary>
public interface IShellPart
{
    /// <summary>Awaited by the frame before its first rendering.</summary>
    Task LoadAsync(CancellationToken cancellationToken);
}
