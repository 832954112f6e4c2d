using Microsoft.Extensions.Logging.Console;

namespace ChatEvents.Local.Hosting;

/// <summary>What the hosts of this process have in common: one console, and one owner who decides when they end.</summary>
internal static class LocalHost
{
    /// <summary>Two workers stop side by side, after the gateway; together that must stay below the five seconds that a user waits.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    public static void AddLocalHosting(this WebApplicationBuilder builder, TimeProvider time)
    {
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Logging.ClearProviders();
        builder.Logging.AddReadableConsole();
    }

    public static void AddReadableConsole(this ILoggingBuilder logging)
    {
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("ChatEvents", LogLevel.Information);

        // Where the workers' health endpoints listen helps nobody here.
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);

        // Why a worker does not start is said in a sentence; the host would say it first, with a stack trace.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        logging.AddConsole(console => console.FormatterName = ReadableConsole.FormatterName);
        logging.AddConsoleFormatter<ReadableConsole, ConsoleFormatterOptions>();
    }

    /// <summary>
    /// Replaces the console lifetime, by which each host would answer Ctrl+C by itself and the parts would end in any order.
    /// </summary>
    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
