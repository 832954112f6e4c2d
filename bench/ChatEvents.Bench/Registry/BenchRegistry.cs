using Amazon.DynamoDBv2;
using Amazon.SQS;
using ChatEvents.Bench.Chat;
using ChatEvents.ConnectionRegistry;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.Bench.Registry;

/// <summary>The worker's own services, on emulators in processes of their own.</summary>
internal sealed class BenchRegistry : IAsyncDisposable
{
    private readonly BenchServers _servers;
    private readonly ServiceProvider _worker;

    private BenchRegistry(BenchServers servers)
    {
        _servers = servers;
        DynamoDb = new((AmazonDynamoDBConfig)servers.Dynamo.Config);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        RegistryWorker.AddTo(services);
        services.AddSingleton<IAmazonDynamoDB>(DynamoDb);
        services.AddSingleton(servers.Sqs);
        _worker = services.BuildServiceProvider();
    }

    public MeteredDynamoDb DynamoDb { get; }

    public IAmazonSQS Sqs => _servers.Sqs;

    /// <summary>What a program needs to use the same servers.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["AWS_ENDPOINT_URL_SQS"] = Sqs.Config.ServiceURL,
        ["AWS_ENDPOINT_URL_DYNAMODB"] = DynamoDb.Config.ServiceURL,
        ["AWS_REGION"] = DynamoDb.Config.AuthenticationRegion,
        ["AWS_ACCESS_KEY_ID"] = "local",
        ["AWS_SECRET_ACCESS_KEY"] = "local",
    };

    public RouteEventPublisher Publisher => _worker.GetRequiredService<RouteEventPublisher>();

    public static async Task<BenchRegistry> StartAsync() => new(await BenchServers.StartAsync());

    /// <summary>What the consumers do with an event.</summary>
    public async Task HandleAsync(IRouteEvent routeEvent)
    {
        var registry = _worker.GetRequiredService<ConnectionRegistry.ConnectionRegistry>();
        var missed = _worker.GetRequiredService<MissedMessages>();
        switch (routeEvent)
        {
            case ConnectionOpened opened:
                if (await registry.OpenAsync(opened, CancellationToken.None) == EntryOutcome.Entered)
                    await missed.ReportAsync(opened, CancellationToken.None);
                break;
            case MembershipChanged changed:
                if (await registry.ChangeMembershipAsync(changed, CancellationToken.None) == EntryOutcome.Entered && changed.IsIn)
                    await missed.ReportAsync(changed, CancellationToken.None);
                break;
            case ConnectionClosed closed:
                await registry.CloseAsync(closed, CancellationToken.None);
                break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        DynamoDb.Dispose();
        await _servers.DisposeAsync();
    }
}
