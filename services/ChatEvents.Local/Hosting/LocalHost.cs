using ChatEvents.Consumers;
using Microsoft.Extensions.Logging.Console;

namespace ChatEvents.Local.Hosting;

/// <summary>What the hosts of this process share: one console, and one owner that decides when they end.</summary>
internal static class LocalHost
{
    /// <summary>The workers stop in parallel, after the gateway; all together must stop within the five seconds that a user waits.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    public static void AddLocalHosting(this WebApplicationBuilder builder, TimeProvider time)
    {
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Logging.ClearProviders();
        builder.Logging.AddLocalConsole();
    }

    public static void AddLocalConsole(this ILoggingBuilder logging)
    {
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("ChatEvents", LogLevel.Information);

        // The addresses of the workers' health endpoints are of no use here.
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);

        // A worker that does not start is reported in one sentence; the host would report it first, with a stack trace.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        logging.AddConsole(console => console.FormatterName = LineConsole.FormatterName);
        logging.AddConsoleFormatter<LineConsole, ConsoleFormatterOptions>();
    }

    /// <summary>
    /// Replaces the console lifetime. With that, each host would handle Ctrl+C by itself, and the parts would end in any order.
    /// </summary>
    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
