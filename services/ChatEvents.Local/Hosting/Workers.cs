using ChatEvents.Consumers;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ChatEvents.Local.Hosting;

/// <summary>The workers, as the same web applications that their own programs run.</summary>
internal sealed class Workers(LocalSettings settings, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(20);

    private readonly string[] _gateways = ["http://127.0.0.1:0", "http://[::1]:0", $"http://{HostOf(settings.Address)}:0"];
    private readonly List<WebApplication> _running = [];

    /// <exception cref="Exception">A setting of the worker is invalid: <see cref="StartFailure"/>.</exception>
    public async Task StartAsync(
        Func<Action<WebApplicationBuilder>, WebApplication> build, LocalServers servers, CancellationToken stopping)
    {
        var worker = build(builder =>
        {
            builder.AddLocalHosting(time);
            builder.WebHost.UseUrls("http://127.0.0.1:0");

            // The gateway is on this machine, at an address that is known when it has started.
            builder.Configuration.AddInMemoryCollection(
                from section in (string[])["FanOut", "Registry:Sweep"]
                from gateway in _gateways.Index()
                select KeyValuePair.Create($"{section}:AllowedEndpoints:local{gateway.Index}", (string?)gateway.Item));
            builder.Services.AddSingleton(servers.Sqs);
            builder.Services.AddSingleton(servers.DynamoDb);
            builder.Services.AddSingleton(servers.Credentials);
        });
        try
        {
            await worker.StartAsync(stopping);
            _running.Add(worker);
        }
        catch
        {
            // A host that has not started cannot be stopped.
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="LocalSystemException">A worker is not ready in time; the message contains its reason.</exception>
    public async Task UntilReadyAsync(CancellationToken stopping)
    {
        var started = time.GetTimestamp();
        foreach (var worker in _running)
        {
            var health = worker.Services.GetRequiredService<HealthCheckService>();
            while (await WhyNotReadyAsync(health, stopping) is { } reason)
            {
                if (time.GetElapsedTime(started) > ReadyTimeout)
                {
                    throw new LocalSystemException($"Not ready after {ReadyTimeout.TotalSeconds:0} s: {reason}");
                }

                await Task.Delay(ReadyPoll, time, stopping);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_running.Select(worker => worker.StopAsync()));
        foreach (var worker in _running)
        {
            await worker.DisposeAsync();
        }
    }

    private static string HostOf(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;

    private static async Task<string?> WhyNotReadyAsync(HealthCheckService health, CancellationToken stopping)
    {
        var report = await health.CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.Readiness), stopping);
        return report.Status == HealthStatus.Healthy
            ? null
            : string.Join(" ", report.Entries.Values.Where(entry => entry.Status != HealthStatus.Healthy).Select(entry => entry.Description));
    }
}
