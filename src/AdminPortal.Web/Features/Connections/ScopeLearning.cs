using System.Net;
using System.Text.Json;
using AdminPortal.Calendly;
using AdminPortal.Web.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Web.Features.Connections;

/// <summary>A scope that was not known until used is known after that: what the answers to real calls prove is kept with the connection.</summary>
public sealed partial class ScopeLearning(IDbContextFactory<PortalDbContext> contexts, ILogger<ScopeLearning> logger)
{
    public async Task LearnAsync(Guid connectionId, string scope, bool granted, CancellationToken cancellationToken)
    {
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            // Of an OAuth grant Calendly itself says what it may: only personal access tokens have something to learn.
            await db.Database.ExecuteSqlAsync($"""
                UPDATE connections SET unknown_scopes = array_remove(unknown_scopes, {scope}),
                    scopes = CASE WHEN {granted} THEN array_append(scopes, {scope}) ELSE array_remove(scopes, {scope}) END
                WHERE id = {connectionId} AND kind = 'personal_access_token'
                  AND ({scope} = ANY (unknown_scopes) OR NOT {granted} AND {scope} = ANY (scopes))
                """, cancellationToken);
        }
        catch (NpgsqlException exception)
        {
            // The answer itself is worth more than what it teaches.
            Log.NotLearned(logger, connectionId, exception.SqlState);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "What a call proved about a scope of connection {Connection} could not be stored ({SqlState})")]
        public static partial void NotLearned(ILogger logger, Guid connection, string? sqlState);
    }
}

/// <summary>Looks at the answers of one connection's calls.</summary>
internal sealed class ScopeHandler(Guid connectionId, ScopeLearning learning) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (ScopeOf(request) is { } scope && await ProvesAsync(response, scope, cancellationToken) is { } granted)
            await learning.LearnAsync(connectionId, scope, granted, CancellationToken.None);
        return response;
    }

    /// <summary>The scope behind a call, where it is one that cannot be known beforehand; sweeps read what connecting has proved.</summary>
    private static string? ScopeOf(HttpRequestMessage request)
    {
        if (request.Method != HttpMethod.Get) return Scopes.OrganizationsWrite;
        var path = request.RequestUri!.AbsolutePath;
        return path.EndsWith("/scheduled_events", StringComparison.Ordinal) ? Scopes.ScheduledEventsRead
            : path.EndsWith("/event_types", StringComparison.Ordinal) ? Scopes.EventTypesRead
            : path.EndsWith("/webhook_subscriptions", StringComparison.Ordinal) ? Scopes.WebhooksRead
            : path.EndsWith("/groups", StringComparison.Ordinal) || path.EndsWith("/group_relationships", StringComparison.Ordinal) ? Scopes.GroupsRead
            : path.EndsWith("/activity_log_entries", StringComparison.Ordinal) ? Scopes.ActivityLogRead
            : null;
    }

    /// <summary>Null for every other answer: a refusal for another reason says nothing about the scope.</summary>
    private static async Task<bool?> ProvesAsync(HttpResponseMessage response, string scope, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode) return true;
        if (response.StatusCode != HttpStatusCode.Forbidden) return null;
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        try
        {
            // {"title":"Insufficient scope","required_scopes":["organizations:write"], …}
            using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("required_scopes", out var required)
                && required.ValueKind == JsonValueKind.Array && required.EnumerateArray().Any(s => s.ValueKind == JsonValueKind.String && s.ValueEquals(scope)) ? false : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
