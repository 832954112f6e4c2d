using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ChatEvents.Consumers;

/// <summary>
/// Health endpoints for ECS, a load balancer or compose. <c>/health/live</c> answers as long as the process runs. <c>/health/ready</c>
/// answers while every check tagged <see cref="Readiness"/> passes, else 503 with one reason per line.
/// </summary>
public static class HealthEndpoints
{
    /// <summary>Not MassTransit's tag "ready": its own check is about an in-memory bus that nothing uses.</summary>
    public const string Readiness = "readiness";

    public static void MapHealthEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealthChecks("/health/live", new() { Predicate = _ => false });
        endpoints.MapHealthChecks("/health/ready", new()
        {
            Predicate = check => check.Tags.Contains(Readiness),
            ResponseWriter = (http, report) =>
                http.Response.WriteAsync(string.Join('\n', report.Entries.Select(entry => entry.Value.Description ?? entry.Key))),
        });
    }
}
