using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ChatEvents.Consumers;

/// <summary>
/// Health endpoints for ECS, a load balancer or compose. <c>/health/live</c> answers as long as the process runs. <c>/health/ready</c>
/// answers while every check tagged <see cref="Readiness"/> passes, else 503 with one reason per line. <c>/health/container</c> does the
/// same with those tagged <see cref="Container"/>.
/// </summary>
public static class HealthEndpoints
{
    /// <summary>Not MassTransit's tag "ready": its own check is about an in-memory bus that nothing uses.</summary>
    public const string Readiness = "readiness";

    /// <summary>
    /// What may be mended by a new container in the same place. Not an outage of the gateway: the messages in hand would go back to their
    /// queues with each container, and in the end be dead letters.
    /// </summary>
    public const string Container = "container";

    public static void MapHealthEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealthChecks("/health/live", new() { Predicate = _ => false });
        Map("/health/ready", Readiness);
        Map("/health/container", Container);

        void Map(string path, string tag) => endpoints.MapHealthChecks(path, new()
        {
            Predicate = check => check.Tags.Contains(tag),
            ResponseWriter = (http, report) =>
                http.Response.WriteAsync(string.Join('\n', report.Entries.Select(entry => entry.Value.Description ?? entry.Key))),
        });
    }
}
