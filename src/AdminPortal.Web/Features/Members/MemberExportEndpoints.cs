using AdminPortal.Web.Security;
using AdminPortal.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace AdminPortal.Web.Features.Members;

/// <summary>
/// Where the export menu's form goes. A form with its token, and no link, because it is recorded: nobody else's page may begin it.
/// </summary>
public static class MemberExportEndpoints
{
    public static void MapMemberExport(this WebApplication app) => app.MapPost(Urls.MemberExport, ExportAsync);

    private static async Task<IResult> ExportAsync(
        [FromForm] string? format, [FromForm] string? of, [FromForm] string? selection, HttpContext http, MemberExportService exports, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!Enum.TryParse<ExportFormat>(format, ignoreCase: true, out var wanted) || !Enum.IsDefined(wanted)) return TypedResults.BadRequest("This format is not known.");
        var chosen = of is null ? null : MemberSelection.Parse(selection);
        // Whoever asked for some people never gets everybody instead.
        if (of is not null && chosen is null) return TypedResults.BadRequest("The selection did not arrive. Nothing was exported; reload the page and choose again.");
        var export = new MemberExport(GridQuery.Parse($"{http.Request.Path}{http.Request.QueryString}"), chosen, wanted);
        try
        {
            await exports.ExportAsync(export, CurrentActor.Of(http.User), () =>
            {
                var (type, ending) = wanted == ExportFormat.Json ? ("application/json", "json") : ("text/csv", "csv");
                http.Response.ContentType = $"{type}; charset=utf-8";
                http.Response.Headers.ContentDisposition = $"attachment; filename=\"{(export.Filter.Left ? "left-members" : "members")}-{clock.GetUtcNow():yyyy-MM-dd}.{ending}\"";
                http.Response.Headers.CacheControl = "no-store";
                return http.Response.BodyWriter;
            }, cancellationToken);
        }
        catch (RefusedException refused)
        {
            return TypedResults.Text(refused.Refusal.Words, statusCode: StatusCodes.Status403Forbidden);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Broken off in the browser.
        }
        return TypedResults.Empty;
    }
}
