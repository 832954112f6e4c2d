using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ChatEvents.Consumers;

/// <summary>What the workers share as programs: one line of log per event, a port for health, and a readable refusal to start.</summary>
public static class WorkerHost
{
    /// <summary>
    /// How long a worker takes to stop at most, unless <c>shutdownTimeoutSeconds</c> is configured. Five seconds less than ECS gives a
    /// task by default before it kills it.
    /// </summary>
    public static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(25);

    /// <param name="args">Of the command line: settings such as <c>--Tables:Connections=Chat</c>.</param>
    /// <param name="healthPort">Where health endpoints listen unless <c>--urls</c>, ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS says.</param>
    public static WebApplicationBuilder CreateBuilder(string[] args, int healthPort)
    {
        var builder = WebApplication.CreateBuilder(args);
        if (builder.Configuration["urls"] is null && builder.Configuration["http_ports"] is null)
            builder.WebHost.UseUrls($"http://*:{healthPort}");

        AddDefaults(builder.Configuration);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Logging.AddConsoleFormatter<LineConsole, ConsoleFormatterOptions>();
        TelemetryExport.AddTo(builder.Services, builder.Environment.ApplicationName, builder.Configuration);
        return builder;
    }

    /// <summary>Adds what every program that hosts a worker has by default; every other source of configuration overrides it.</summary>
    public static void AddDefaults(IConfigurationBuilder configuration) => configuration.Sources.Insert(0, new MemoryConfigurationSource
    {
        InitialData = new Dictionary<string, string?>
        {
            [$"{nameof(HostOptions.ShutdownTimeout)}Seconds"] = $"{StopTimeout.TotalSeconds}",
            ["Logging:LogLevel:Default"] = nameof(LogLevel.Information),
            ["Logging:LogLevel:Microsoft"] = nameof(LogLevel.Warning),
            ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = nameof(LogLevel.Information),
            // Why a worker does not start is said in a sentence; the host would say it first, with a stack trace. What stops it later is
            // critical.
            ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = nameof(LogLevel.Critical),
            // The pump says what failed and what becomes of it; MassTransit would say it again, with a stack trace each time.
            ["Logging:LogLevel:MassTransit"] = nameof(LogLevel.None),
            ["Logging:Console:FormatterName"] = LineConsole.FormatterName,

            // Of the formatter json, which has no time by default.
            ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fffZ",
            ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
        },
    });

    /// <summary>
    /// Runs a worker until it is told to stop. One that cannot start says why, a sentence a line, and ends with exit code 1; so does one
    /// that a failed part has stopped, which the host has logged by then: whoever restarts containers looks at the code.
    /// </summary>
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        try
        {
            await using var worker = build();
            var parts = worker.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
            await worker.RunAsync();
            return parts.Exists(part => part.ExecuteTask is { IsFaulted: true }) ? 1 : 0;
        }
        catch (Exception failure) when (StartFailure.SentencesOf(failure) is { Count: > 0 } sentences)
        {
            await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, sentences));
            return 1;
        }
    }
}

/// <summary>Something outside that a worker needs is missing; the message is one sentence for the operator.</summary>
public class WorkerCannotStartException(string message) : Exception(message);
