using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using ChatEvents.Consumers;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Consumers;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Division;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Tables;
using ChatEvents.FanOut.Walks;
using ChatEvents.Queues;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut;

/// <summary>The fan-out worker as a web application: the consumer of chat messages, and health endpoints.</summary>
public static class FanOutWorker
{
    /// <summary>Where health is told by default; the registry worker has the port before.</summary>
    public const int HealthPort = 8082;

    /// <summary>
    /// Unless configured, as <see cref="QueueOptions.MaxInHand"/>: those of some twenty busy rooms, because SQS gives out ten of a room at
    /// most until they are deleted. A message in hand is little more than its text.
    /// </summary>
    private const int MessagesInHand = 200;

    /// <summary>
    /// Unless configured, the same of late deliveries: each waits for one connection, up to <see cref="FanOutOptions.ParkedFor"/>, and
    /// those who are late beyond that many wait in the queue for their turn.
    /// </summary>
    private const int LateInHand = 1_000;

    /// <summary>Builds the worker; <paramref name="configure"/> is what a host of several workers, or a test, sets or replaces.</summary>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WorkerHost.CreateBuilder(args, HealthPort);
        AddTo(builder.Services);
        builder.Services.AddTableWait<FanOutOptions>(
            names => [names.Rooms, names.Progress, names.Recent], options => options.TablesTimeout);
        builder.Services.AddQueuePumps();
        configure?.Invoke(builder);

        var worker = builder.Build();
        worker.MapHealthEndpoints();
        return worker;
    }

    /// <summary>
    /// The fan-out and its consumers, without what feeds them: that is for a host to add, a pump or the events of a Lambda function.
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
        services.AddQueueConsumers(
            FanOutOptions.QueueSection,
            queues => queues.Messages,
            queue => queue.Add<MessagePostedConsumer, MessagePosted>(takesUntyped: true));

        // One shard at a time: it keeps a worker's sockets busy, leaves the others to whoever is free, and a crash repeats one page.
        services.Configure<QueueOptions>(FanOutOptions.WalkQueueSection, queue => (queue.MaxInHand, queue.Receives) = (1, 1));
        services.AddQueueConsumers(
            FanOutOptions.WalkQueueSection,
            queues => queues.Walks,
            queue => queue.Add<WalkDividedConsumer, WalkDivided>());

        services.Configure<QueueOptions>(
            FanOutOptions.LateQueueSection, queue => (queue.MaxInHand, queue.MaxReceiveCount) = (LateInHand, MaxReceives.OfLate));
        services.AddQueueConsumers(
            FanOutOptions.LateQueueSection,
            queues => queues.Late,
            queue => queue
                .Add<MessagesDelayedConsumer, MessagesDelayed>()
                .Add<MessagesMissedConsumer, MessagesMissed>());
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddSettings<FanOutOptions>(FanOutOptions.Section)
            .Configure<IConfiguration>(static (options, configuration) =>
                options.CallbackEndpoint ??= configuration["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"])
            .Configure<TableNames>(static (options, names) =>
                (options.RoomsTable, options.ProgressTable, options.RecentTable) = (names.Rooms, names.Progress, names.Recent));
        services.AddTables();
        services.AddSingleton(provider => MessageTemplate.Parse(OptionsOf(provider).Template));
    }

    private static void AddPosting(IServiceCollection services)
    {
        services.AddSingleton<AWSCredentials>(_ => DefaultAWSCredentialsIdentityResolver.GetCredentials());
        services.AddSingleton<CallbackCredentials>();
        services.AddHostedService(provider => provider.GetRequiredService<CallbackCredentials>());
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

    // Hosted services stop in reverse order: the pumps first, then the report of stale connections.
    private static void AddDelivering(IServiceCollection services)
    {
        services.AddSingleton<FanOutMeters>();
        services.AddSingleton<PostRate>();
        services.AddSingleton<PacedPoster>();
        services.AddSingleton<StaleConnections>();
        services.AddHostedService(provider => provider.GetRequiredService<StaleConnections>());
        services.AddSingleton<IBackgroundWork>(provider => provider.GetRequiredService<StaleConnections>());
        services.AddSingleton<LateDeliveries>();
        services.AddSingleton<OwedDeliveries>();
        services.AddSingleton<LateMessages>();
        services.AddSingleton<FirstPosts>();
    }

    private static void AddWalks(IServiceCollection services)
    {
        services.AddSingleton<IAmazonDynamoDB>(_ => new RoomRowsClient(TablesClient.CreateConfig()));
        services.AddSingleton(provider => RoomRowsClient.Like(
            provider.GetRequiredService<IAmazonDynamoDB>(), provider.GetRequiredService<AWSCredentials>()));
        services.AddSingleton<TableBatches>();
        services.AddSingleton<RoomPages>();
        services.AddSingleton<WalkProgress>();
        services.AddSingleton<RecentLog>();
        services.AddSingleton<CatchUpLedger>();
        services.AddSingleton<Deliveries>();
        services.AddSingleton<DividedWalks>();
        services.AddSingleton<RoomWalks>();
    }

    private static string Region => FallbackRegionFactory.GetRegionEndpoint()?.SystemName
        ?? throw new OptionsValidationException(
            nameof(AWSCredentials), typeof(AWSCredentials), ["No AWS region is known to sign posts for: set AWS_REGION."]);

    private static FanOutOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<FanOutOptions>>().Value;
}
