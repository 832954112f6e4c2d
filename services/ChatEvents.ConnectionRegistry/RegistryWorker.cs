using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using ChatEvents.ConnectionRegistry.Moderating;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry;

/// <summary>The registry worker as a web application: consumers of the queue of connections, and health endpoints.</summary>
public static class RegistryWorker
{
    /// <summary>Default port of the health endpoints; the fan-out worker has the next port.</summary>
    public const int HealthPort = 8081;

    /// <summary>Builds the worker; with <paramref name="configure"/> a host of several workers, or a test, replaces parts of it.</summary>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WorkerHost.CreateBuilder(args, HealthPort);
        AddTo(builder.Services);
        builder.Services.AddTableWait<RegistryOptions>(
            names => [names.Connections, names.Rooms, names.Closed, names.Recent, names.Bans], options => options.TablesTimeout);
        builder.Services.AddQueuePumps();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<StaleSweep>());
        builder.Services.AddHostedService(provider => provider.GetRequiredService<EndingSweep>());
        configure?.Invoke(builder);
        var worker = builder.Build();
        worker.MapHealthEndpoints();
        return worker;
    }

    /// <summary>
    /// Adds the registry, its consumers and its sweep, but not what triggers them: the host adds a pump and a timer, or the events of a
    /// Lambda function.
    /// </summary>
    public static void AddTo(IServiceCollection services)
    {
        AddRegistry(services);
        services.AddQueueConsumers($"{RegistryOptions.Section}:Queue", ChatQueue.Connections, typeof(RegistryWorker).Assembly);
        AddSweep(services);
        AddModeration(services);
    }

    private static void AddRegistry(IServiceCollection services)
    {
        services.AddSettings<RegistryOptions>(RegistryOptions.Section);
        services.AddTables(linger: provider => provider.GetRequiredService<IOptions<RegistryOptions>>().Value.BatchLinger);
        services.AddSingleton<ConnectionRegistry>();
        services.AddSingleton<MissedMessages>();
    }

    private static void AddSweep(IServiceCollection services)
    {
        services.AddSettings<SweepOptions>(SweepOptions.Section).Configure<IConfiguration>(static (options, configuration) =>
            options.CallbackEndpoint ??= configuration["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"]);
        services.AddSingleton<AWSCredentials>(_ => DefaultAWSCredentialsIdentityResolver.GetCredentials());
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<SweepOptions>>().Value;
            return new Gateway(
                endpoint => Gateway.CreateClient(provider.GetRequiredService<AWSCredentials>(), endpoint),
                options.CallbackEndpoint,
                new AllowedEndpoints(FallbackRegionFactory.GetRegionEndpoint()?.SystemName, options.AllowedEndpoints));
        });
        services.AddSingleton<StaleSweep>();
        services.AddSingleton<EndingSweep>();
    }

    private static void AddModeration(IServiceCollection services)
    {
        services.AddSingleton(provider => new Moderation(
            provider.GetRequiredService<ConnectionsTable>(),
            provider.GetRequiredService<RoomsTable>(),
            provider.GetRequiredService<BansTable>(),
            provider.GetRequiredService<Gateway>(),
            new Pace(provider.GetRequiredService<IOptions<SweepOptions>>().Value.ChecksPerSecond, provider.GetRequiredService<TimeProvider>()),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ModerationActs>();
    }
}
