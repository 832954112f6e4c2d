using ChatEvents.Queues;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ChatEvents.Consumers;

/// <summary>
/// Runs a pump while the host runs. When the host stops, the pump receives no more and finishes the work in hand. Shortly before the host's
/// shutdown timeout, it gives up what is left.
/// </summary>
internal sealed class QueueWorker(QueuePump pump, IHostApplicationLifetime life, IOptions<HostOptions> host, TimeProvider time)
    : BackgroundService, IHostedLifecycleService
{
    /// <summary>
    /// The part of <see cref="HostOptions.ShutdownTimeout"/> that is reserved for returning messages to the queue: a quarter, at most 5 s.
    /// </summary>
    private static readonly TimeSpan MaxReturnTime = TimeSpan.FromSeconds(5);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Drains here and not in <see cref="BackgroundService.StopAsync"/>: the web server starts last and so stops first. Health checks would
    /// then be refused while the pump drains, instead of being told that this worker stops.
    /// </summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        life.StopApplication();
        if (ExecuteTask is { } running)
            await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // ApplicationStopping fires at once. The host stops its services one by one, which may be late for the last.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, life.ApplicationStopping);
        using var abandoning = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var countdown = stopping.Token.Register(() => abandoning.CancelAfter(TimeToFinish()));
        await pump.RunAsync(stopping.Token, abandoning.Token);
    }

    private TimeSpan TimeToFinish()
    {
        var patience = host.Value.ShutdownTimeout;
        return patience - (patience / 4 < MaxReturnTime ? patience / 4 : MaxReturnTime);
    }
}
