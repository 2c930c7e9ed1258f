namespace AdminPortal.Web.Data;

/// <summary>SQL that a migration runs, kept as files under Data/Sql so that it can be read as SQL.</summary>
public static class SqlScript
{
    public static string Read(string name)
    {
        using var stream = typeof(SqlScript).Assembly.GetManifestResourceStream($"AdminPortal.Web.Data.Sql.{name}.sql")
            ?? throw new ArgumentException($"There is no script '{name}'.", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
