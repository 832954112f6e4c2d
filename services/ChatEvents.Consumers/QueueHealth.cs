using ChatEvents.Queues;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace ChatEvents.Consumers;

/// <summary>Ready while the queue answers and the host is not stopping.</summary>
internal sealed class QueueHealth(QueuePump pump, IHostApplicationLifetime life) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (life.ApplicationStopping.IsCancellationRequested)
            return HealthCheckResult.Unhealthy("Stopping; no more messages are taken.");
        if (!pump.IsReceiving)
            return HealthCheckResult.Unhealthy(pump.WhyNotReceiving);

        return await pump.FindSilenceAsync(cancellationToken) is { } silence
            ? HealthCheckResult.Unhealthy(silence)
            : HealthCheckResult.Healthy($"Receiving from {pump.Queue}.");
    }
}
