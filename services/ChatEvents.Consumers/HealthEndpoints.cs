using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ChatEvents.Consumers;

/// <summary>
/// What ECS, a load balancer or compose asks a worker: <c>/health/live</c> answers as long as the process does; <c>/health/ready</c>
/// while every check tagged <see cref="Readiness"/> passes, else 503 with the reasons, a line each.
/// </summary>
public static class HealthEndpoints
{
    /// <summary>Not MassTransit's tag "ready": its own check tells of an in-memory bus that nothing here uses.</summary>
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
