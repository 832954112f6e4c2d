using System.Text.Json;
using Amazon.Lambda.RuntimeSupport;
using Amazon.Lambda.Serialization.SystemTextJson;
using Amazon.Lambda.SQSEvents;
using ChatEvents.ConnectionRegistry;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatEvents.WorkerFunctions;

/// <summary>
/// An execution environment of a worker as a Lambda function: the worker's own services and settings, but fed by events instead of a pump
/// and a timer. <c>docs/deploy.md</c> explains when to use it.
/// </summary>
public static class WorkerFunction
{
    private const string Registry = "registry";
    private const string FanOut = "fanOut";
    private const string Sweep = "sweep";
    private const string Ending = "ending";

    private static readonly DefaultLambdaJsonSerializer Json = new();

    /// <summary>
    /// The functions, which are the values of <c>_HANDLER</c>. The first two handle batches of their queue, the others a schedule.
    /// </summary>
    public static IReadOnlyList<string> Handlers { get; } = [Registry, FanOut, Sweep, Ending];

    /// <summary>Runs the function that the environment variables describe until the Lambda service ends it.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunFromEnvironmentAsync()
    {
        Console.WriteLine(ProgramVersion.Line);
        try
        {
            await RunAsync(Environment.GetEnvironmentVariable("_HANDLER") ?? "", configure: null, runtimeApi: null, CancellationToken.None);
            return 0;
        }
        catch (Exception failure) when (StartFailure.SentencesOf(failure) is { Count: > 0 } sentences)
        {
            await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, sentences));
            return 1;
        }
        catch (Exception reason) when (reason is RuntimeApiClientException or HttpRequestException)
        {
            await Console.Error.WriteLineAsync(reason.Message);
            return 1;
        }
    }

    /// <summary>Runs a function until it is stopped.</summary>
    /// <param name="handler">One of <see cref="Handlers"/>.</param>
    /// <param name="configure">Lets a larger process, or a test, replace parts of it.</param>
    /// <param name="runtimeApi">Host, port and path of the Runtime API; null for AWS_LAMBDA_RUNTIME_API.</param>
    /// <param name="stopping">Takes no more invocations. Used in our own processes; the Lambda service just kills the environment.</param>
    public static async Task RunAsync(
        string handler, Action<HostApplicationBuilder>? configure, string? runtimeApi, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);

        // Built by the loop, so that a wrong setting is reported to the Lambda service.
        IHost? host = null;
        using var loop = CreateLoop(handler, () => host!.Services)
            .UseBootstrapHandler(async () =>
            {
                host = Build(handler, configure);
                host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ending.Cancel);
                await host.StartAsync(ending.Token);
                return true;
            })
            .ConfigureOptions(options => options.RuntimeApiEndpoint = runtimeApi)
            .Build();
        try
        {
            await loop.RunAsync(ending.Token);
        }
        finally
        {
            if (host is not null)
            {
                await host.StopAsync(CancellationToken.None);
                host.Dispose();
            }
        }
    }

    private static LambdaBootstrapBuilder CreateLoop(string handler, Func<IServiceProvider> services) => handler switch
    {
        Sweep => LambdaBootstrapBuilder.Create<JsonElement, SweepResult>(
            (_, context) => services().GetRequiredService<SweepHandler>().HandleAsync(context), Json),
        Ending => LambdaBootstrapBuilder.Create<JsonElement, int>(
            (_, context) => services().GetRequiredService<SweepHandler>().EndAsync(context), Json),
        _ => LambdaBootstrapBuilder.Create<SQSEvent, SQSBatchResponse>(
            (batch, context) => services().GetRequiredService<BatchHandler>().HandleAsync(batch, context), Json),
    };

    internal static IHost Build(string handler, Action<HostApplicationBuilder>? configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        WorkerHost.AddDefaults(builder.Configuration);
        builder.Configuration.AddEnvironmentVariables();
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        builder.Services.AddSingleton<FunctionLog>();
        builder.Services.AddSingleton<ILoggerProvider>(provider => provider.GetRequiredService<FunctionLog>());
        switch (handler)
        {
            case Registry:
                RegistryWorker.AddTo(builder.Services);
                AddBatches(builder.Services);
                break;
            case FanOut:
                FanOutWorker.AddTo(builder.Services);
                AddBatches(builder.Services);
                break;
            case Sweep or Ending:
                RegistryWorker.AddTo(builder.Services);
                builder.Services.AddSingleton<SweepHandler>();
                break;
            default:
                throw new WorkerCannotStartException($"_HANDLER must be one of {string.Join(", ", Handlers)}, but is \"{handler}\".");
        }

        configure?.Invoke(builder);
        return builder.Build();
    }

    private static void AddBatches(IServiceCollection services)
    {
        services.AddReceivedBatches();
        services.AddSingleton<EmbeddedMetrics>();
        services.AddSingleton<BatchHandler>();
    }
}
