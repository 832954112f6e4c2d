using System.Text.Json;
using ChatEvents.LocalGateway.Files;
using ChatEvents.LocalGateway.Limits;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>Reads and replaces the injected faults of a running gateway, if <c>faults.adminEndpoint</c> is set.</summary>
internal sealed class FaultsEndpoint(FaultInjector faults, ILogger log)
{
    public Task GetAsync(HttpContext http) =>
        http.Response.WriteAsJsonAsync(faults.Plan, GatewayFileJson.Default.FaultOptions, cancellationToken: http.RequestAborted);

    public async Task PutAsync(HttpContext http)
    {
        try
        {
            var plan = await JsonSerializer.DeserializeAsync(http.Request.Body, GatewayFileJson.Default.FaultOptions, http.RequestAborted)
                ?? throw new JsonException("The faults must be an object.");
            if (OptionsCheck.FindFault(plan) is { } fault)
                throw new JsonException(fault.Sentence);
            faults.Plan = plan;
            log.FaultsChanged(JsonSerializer.Serialize(plan, GatewayFileJson.Default.FaultOptions));
            await GetAsync(http);
        }
        catch (JsonException e)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.WriteAsync(e.Message, http.RequestAborted);
        }
    }
}
