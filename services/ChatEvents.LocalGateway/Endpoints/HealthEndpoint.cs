using System.Text.Json.Serialization;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Functions;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>Reports the number of connections and the waiting environments of each function.</summary>
internal sealed class HealthEndpoint(
    IReadOnlyList<ConnectionTable> connections, IReadOnlyDictionary<string, RuntimeFunction> functions)
{
    public Task GetAsync(HttpContext http)
    {
        var health = new HealthReport(
            "healthy", connections.Sum(table => table.Count), functions.ToDictionary(function => function.Key, function => function.Value.WaitingEnvironments));
        return http.Response.WriteAsJsonAsync(health, HealthJson.Default.HealthReport, cancellationToken: http.RequestAborted);
    }
}

internal sealed record HealthReport(string Status, int Connections, IReadOnlyDictionary<string, int> WaitingEnvironments);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HealthJson : JsonSerializerContext;
