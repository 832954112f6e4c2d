using ChatEvents.Consumers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.Consumers;

/// <summary>Whoever restarts containers looks at the exit code.</summary>
public sealed class WorkerHostTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_is_told_to_stop_ends_with_0() =>
        Assert.Equal(0, await WorkerHost.RunAsync(() => BuildWith(life => life.StopApplication())));

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_a_failed_part_stops_ends_with_1() =>
        Assert.Equal(1, await WorkerHost.RunAsync(() => BuildWith(_ => throw new InvalidOperationException("A part failed."))));

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_cannot_start_ends_with_1() =>
        Assert.Equal(1, await WorkerHost.RunAsync(() => throw new WorkerCannotStartException("Something is missing.")));

    private static WebApplication BuildWith(Action<IHostApplicationLifetime> work)
    {
        var builder = WorkerHost.CreateBuilder([], healthPort: 0);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHostedService(services => new Part(services.GetRequiredService<IHostApplicationLifetime>(), work));
        return builder.Build();
    }

    /// <summary>Does its work once everything has started; before that, a failure would be one of starting.</summary>
    private sealed class Part(IHostApplicationLifetime life, Action<IHostApplicationLifetime> work) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = life.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken);
            work(life);
        }
    }
}
