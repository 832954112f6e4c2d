using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using ChatEvents.Consumers;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Division;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Reach;
using ChatEvents.FanOut.Rendering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Senders;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut;

/// <summary>The fan-out worker as a web application: the consumer of chat messages, and health endpoints.</summary>
public static class FanOutWorker
{
    /// <summary>Default port of the health endpoints; the registry worker has the port before.</summary>
    public const int HealthPort = 8082;

    /// <summary>
    /// Default <see cref="QueueOptions.MaxInHand"/>: enough for some twenty busy rooms, because SQS hands out at most ten messages of a
    /// room until they are deleted. A message in hand is little more than its text.
    /// </summary>
    private const int MessagesInHand = 200;

    /// <summary>
    /// Default for late deliveries: each waits for one connection, up to <see cref="FanOutOptions.ParkedFor"/>. Further ones wait in the
    /// queue.
    /// </summary>
    private const int LateInHand = 1_000;

    /// <summary>Builds the worker; with <paramref name="configure"/> a host of several workers, or a test, replaces parts of it.</summary>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WorkerHost.CreateBuilder(args, HealthPort);
        AddTo(builder.Services);
        builder.Services.AddTableWait<FanOutOptions>(
            names => [names.Rooms, names.Progress, names.Recent], options => options.TablesTimeout);
        builder.Services.AddQueuePumps();
        builder.Services.AddHealthChecks().AddCheck<GatewayHealth>("Gateway", tags: [HealthEndpoints.Readiness]);
        configure?.Invoke(builder);

        var worker = builder.Build();
        worker.MapHealthEndpoints();
        return worker;
    }

    /// <summary>
    /// Adds the fan-out and its consumers, but not what feeds them: the host adds a pump, or the events of a Lambda function.
    /// </summary>
    public static void AddTo(IServiceCollection services)
    {
        AddOptions(services);
        AddPosting(services);
        AddDelivering(services);
        AddWalks(services);
        AddQueues(services);
    }

    private static void AddQueues(IServiceCollection services)
    {
        services.Configure<QueueOptions>(FanOutOptions.QueueSection, queue => queue.MaxInHand = MessagesInHand);
        AddConsumers(FanOutOptions.QueueSection, ChatQueue.Messages);

        // One shard at a time: it keeps a worker's sockets busy, leaves the other shards to free workers, and a crash repeats one page.
        services.Configure<QueueOptions>(FanOutOptions.WalkQueueSection, queue => (queue.MaxInHand, queue.Receives) = (1, 1));
        AddConsumers(FanOutOptions.WalkQueueSection, ChatQueue.Walks);

        services.Configure<QueueOptions>(FanOutOptions.LateQueueSection, queue => queue.MaxInHand = LateInHand);
        AddConsumers(FanOutOptions.LateQueueSection, ChatQueue.Late);

        void AddConsumers(string section, ChatQueue queue) => services.AddQueueConsumers(section, queue, typeof(FanOutWorker).Assembly);
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddSettings<FanOutOptions>(FanOutOptions.Section)
            .Configure<IConfiguration>(static (options, configuration) =>
                options.CallbackEndpoint ??= configuration["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"]);
        services.AddSettings<LimitOptions>(LimitOptions.Section);
        services.AddSettings<HistoryOptions>(HistoryOptions.Section);
        services.AddTables();
        services.AddSingleton(provider => new MessageFrames(MessageTemplate.Parse(OptionsOf(provider).Template)));
    }

    private static void AddPosting(IServiceCollection services)
    {
        services.AddSingleton<AWSCredentials>(_ => DefaultAWSCredentialsIdentityResolver.GetCredentials());
        services.AddSingleton<CallbackCredentials>();
        services.AddHostedService(provider => provider.GetRequiredService<CallbackCredentials>());
        services.AddSingleton(provider => new AllowedEndpoints(
            FallbackRegionFactory.GetRegionEndpoint()?.SystemName, OptionsOf(provider).AllowedEndpoints));
        services.AddSingleton<CallbackEndpoints>();
        services.AddSingleton(provider => new HttpMessageInvoker(GatewayHttp.CreateHandler(OptionsOf(provider))));
        services.AddSingleton<HttpConnectionPoster>();
        services.AddSingleton(provider => new SdkConnectionPoster(endpoint => SdkConnectionPoster.CreateClient(
            provider.GetRequiredService<AWSCredentials>(), Region, endpoint, OptionsOf(provider))));
        services.AddSingleton<IConnectionPoster>(provider => OptionsOf(provider).Client == PostingClient.Sdk
            ? provider.GetRequiredService<SdkConnectionPoster>()
            : provider.GetRequiredService<HttpConnectionPoster>());
        services.AddSingleton(_ => new PostSigner(Region));
    }

    // Hosted services stop in reverse order: the pumps before the report of stale connections.
    private static void AddDelivering(IServiceCollection services)
    {
        services.AddSingleton<FanOutMeters>();
        services.AddSingleton<PostRate>();
        services.AddSingleton<PostPacer>();
        services.AddSingleton<GatewayReach>();
        services.AddSingleton<PacedPoster>();
        services.AddSingleton<StaleConnections>();
        services.AddHostedService(provider => provider.GetRequiredService<StaleConnections>());
        services.AddSingleton<IBackgroundWork>(provider => provider.GetRequiredService<StaleConnections>());
        services.AddSingleton<LateRetries>();
        services.AddSingleton<LateDeliveries>();
        services.AddSingleton<LateMessages>();
        services.AddSingleton<UndeliveredMessages>();
        services.AddSingleton<SenderLimits>();
        services.AddSingleton<SenderFrames>();
        services.AddSingleton<SenderAnswers>();
        services.AddSingleton<IBackgroundWork>(provider => provider.GetRequiredService<SenderFrames>());
        services.AddSingleton<OwedDeliveries>();
        services.AddSingleton<RecentLog>();
    }

    private static void AddWalks(IServiceCollection services)
    {
        services.AddSingleton<RoomPages>();
        services.AddSingleton<WalkProgress>();
        services.AddSingleton<CatchUpLedger>();
        services.AddSingleton<WalkLanes>();
        services.AddSingleton<WalkDeliveries>();
        services.AddSingleton<WalkStretches>();
        services.AddSingleton<Walker>();
        services.AddSingleton<RoomWalks>();
        services.AddSingleton<DividedWalks>();
        services.AddSingleton<DivideWalk>(provider => provider.GetRequiredService<DividedWalks>().WalkAsync);
    }

    private static string Region => FallbackRegionFactory.GetRegionEndpoint()?.SystemName
        ?? throw new OptionsValidationException(
            nameof(AWSCredentials), typeof(AWSCredentials), ["Posts cannot be signed without an AWS region: set AWS_REGION."]);

    private static FanOutOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<FanOutOptions>>().Value;
}
