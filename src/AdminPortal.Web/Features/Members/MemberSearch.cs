using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Web.Features.Members;

/// <summary>
/// Finds people by name and address: three letters or more anywhere in them, one or two where a name or an address begins. Both sides are
/// put into lower case by the database, by the rules of one collation. They are then compared by the collation of the trigram index, or the
/// planner could not use it: https://www.postgresql.org/docs/current/indexes-collations.html
/// </summary>
public static class MemberSearch
{
    private const int Anywhere = 3;

    public static IQueryable<Member> Matching(PortalDbContext db, string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return db.Members;
        var escaped = Escape(text.Trim());
        if (text.Trim().Length < Anywhere)
        {
            var (start, startOfWord) = ($"{escaped}%", $"% {escaped}%");
            // The address is the last word of what is searched: the index finds the candidates, the address itself decides.
            return db.Members.FromSql($"""
                SELECT *, xmin FROM members
                WHERE search LIKE lower({start} COLLATE portal_name) COLLATE "default"
                   OR (search LIKE lower({startOfWord} COLLATE portal_name) COLLATE "default" AND lower(email COLLATE portal_name) LIKE lower({start} COLLATE portal_name))
                """);
        }
        var anywhere = $"%{escaped}%";
        // OFFSET 0 keeps the planner from walking the whole order of names in the hope of finding matches early: the trigram index first.
        return db.Members.FromSql($"SELECT *, xmin FROM members WHERE search LIKE lower({anywhere} COLLATE portal_name) COLLATE \"default\" OFFSET 0");
    }

    /// <summary>The three characters that LIKE gives a meaning, taken literally.</summary>
    public static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
