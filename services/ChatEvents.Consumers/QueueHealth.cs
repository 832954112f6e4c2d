using ChatEvents.Queues;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace ChatEvents.Consumers;

/// <summary>Ready while the queue answers and the host is not stopping.</summary>
internal sealed class QueueHealth(QueuePump pump, IHostApplicationLifetime life) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            life.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("Stopping; no more messages are taken.")
            : pump.IsReceiving ? HealthCheckResult.Healthy($"Receiving from {pump.Queue}.")
            : HealthCheckResult.Unhealthy(pump.WhyNotReceiving));
}
