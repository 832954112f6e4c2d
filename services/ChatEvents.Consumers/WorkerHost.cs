using ChatEvents.Contracts;
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

/// <summary>What the worker programs share: a log with one line per event, a health port, and readable start-up errors.</summary>
public static partial class WorkerHost
{
    /// <summary>
    /// How long a worker may take to stop, unless <c>shutdownTimeoutSeconds</c> is configured. Five seconds less than ECS waits by default
    /// before it kills a task.
    /// </summary>
    public static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(25);

    /// <param name="args">The command line: settings such as <c>--Tables:Connections=Chat</c>.</param>
    /// <param name="healthPort">
    /// Port of the health endpoints, unless <c>--urls</c>, ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS is set.
    /// </param>
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

    /// <summary>Adds the defaults of every program that hosts a worker. All other configuration sources override them.</summary>
    public static void AddDefaults(IConfigurationBuilder configuration) => configuration.Sources.Insert(0, new MemoryConfigurationSource
    {
        InitialData = new Dictionary<string, string?>
        {
            [$"{nameof(HostOptions.ShutdownTimeout)}Seconds"] = $"{StopTimeout.TotalSeconds}",
            ["Logging:LogLevel:Default"] = nameof(LogLevel.Information),
            ["Logging:LogLevel:Microsoft"] = nameof(LogLevel.Warning),
            ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = nameof(LogLevel.Information),
            // We log why a worker does not start in one sentence. The host would log it before, with a stack trace. What stops a running
            // worker is critical.
            ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = nameof(LogLevel.Critical),
            // The pump logs failures and what happens next. MassTransit would log them again, each with a stack trace.
            ["Logging:LogLevel:MassTransit"] = nameof(LogLevel.None),
            ["Logging:Console:FormatterName"] = LineConsole.FormatterName,

            // For the formatter json, which has no timestamp by default.
            ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fffZ",
            ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
        },
    });

    /// <summary>
    /// Runs a worker until it is told to stop. If it cannot start, it writes the reasons to standard error, one sentence per line, and
    /// returns exit code 1. It also returns 1 if a failed part has stopped it, which the host has logged by then: container schedulers look
    /// at the exit code.
    /// </summary>
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        try
        {
            await using var worker = build();
            LogProgram(worker.Logger, ProgramVersion.Line);
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

    [LoggerMessage(LogLevel.Information, "{Program}")]
    private static partial void LogProgram(ILogger logger, string program);
}

/// <summary>Something that a worker needs from outside is missing. The message is one sentence for the operator.</summary>
public class WorkerCannotStartException(string message) : Exception(message);
