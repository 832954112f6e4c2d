using ChatEvents.Queues;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ChatEvents.FanOut.Reach;

/// <summary>Ready while posts are answered, or not tried.</summary>
public sealed class GatewayHealth(QueueGate gate) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(gate.Trouble is { } trouble
            ? HealthCheckResult.Unhealthy(trouble)
            : HealthCheckResult.Healthy("The gateway answers."));
}
