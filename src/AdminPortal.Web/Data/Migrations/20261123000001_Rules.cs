using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Web.Data.Migrations;

/// <summary>Triggers, doorbell and grants: what the model builder cannot say.</summary>
[DbContext(typeof(PortalDbContext))]
[Migration("20261123000001_Rules")]
public sealed class Rules : Migration
{
    private static readonly string[] Scripts = ["audit", "removals", "members", "doorbell", "grants"];

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        foreach (var script in Scripts) migrationBuilder.Sql(SqlScript.Read(script));
    }

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("The rules are not taken back. Restore a backup to go to an older version.");
}
