using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Data;

public static class DatabaseAway
{
    /// <summary>The database could not be reached or did not answer in time; what was asked of it may work in a moment.</summary>
    public static bool Caused(Exception? exception) => exception switch
    {
        PostgresException postgres => postgres.IsTransient,
        NpgsqlException or TimeoutException => true,
        InvalidOperationException or DbUpdateException => Caused(exception.InnerException),
        _ => false,
    };
}
