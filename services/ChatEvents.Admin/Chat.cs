using Amazon.DynamoDBv2;
using Amazon.SQS;
using ChatEvents.ConnectionRegistry.Moderating;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.Admin;

/// <summary>The chat that a verb works on: its tables, queues and gateway, each connected on first use.</summary>
internal sealed class Chat(AdminEnvironment environment, ChatSettings settings) : IDisposable
{
    private IAmazonDynamoDB? _dynamoDb;
    private IAmazonSQS? _sqs;

    public TimeProvider Time => environment.Time;

    public RouteEventQueues Queues => settings.Queues;

    /// <summary>This tool does not write the registry's tables. It reports errors to the registry worker.</summary>
    public ConnectionsTable Connections => field ??= new(DynamoDb, Batches, settings.Tables, Problems);

    public RoomsTable Memberships => field ??= new(DynamoDb, Batches, settings.Tables, Time, Problems);

    /// <summary>This tool erases texts there.</summary>
    public RecentTable Recent => field ??= new(DynamoDb, settings.Tables, Time, Problems);

    /// <summary>The one table in which this tool makes rows.</summary>
    public BansTable Bans => field ??= new(DynamoDb, Batches, settings.Tables, Time, Problems);

    public Moderation Moderation =>
        field ??= new(Connections, Memberships, Bans, Gateway, new Pace(Pace.DefaultPerSecond, Time), Time);

    public Gateway Gateway => field ??= new(environment.CreateGateway, settings.CallbackEndpoint, settings.Allowed);

    public RouteEventPublisher Publisher => field ??= new(Sqs, settings.Queues, Time, Jitter.Next);

    public IAmazonSQS Sqs => _sqs ??= environment.CreateSqs();

    private RowProblems Problems => field ??= new(Time, row => environment.Error.WriteLine(row));

    private ItemBatches Batches => field ??= new(DynamoDb, linger: TimeSpan.Zero, Time, Jitter.Next);

    private IAmazonDynamoDB DynamoDb => _dynamoDb ??= environment.CreateDynamoDb();

    /// <summary>Open connections, without expired rows that DynamoDB has not deleted yet.</summary>
    public IAsyncEnumerable<ConnectionRow> ReadConnectionsAsync(CancellationToken cancellation) =>
        Moderation.ScanAsync(_ => true, cancellation);

    /// <exception cref="AdminException">There is no such connection.</exception>
    public async Task<ConnectionRow> FindConnectionAsync(string connectionId, CancellationToken cancellation) =>
        await Connections.FindAsync(connectionId, cancellation) is { } found && found.ExpiresAt > Time.GetUtcNow()
            ? found
            : throw new AdminException($"There is no open connection {connectionId} in table {settings.Tables.Connections}.");

    /// <summary>Creates the queues, with their dead letters, and the tables. What exists is kept.</summary>
    public async Task SetUpAsync(CancellationToken cancellation)
    {
        await QueueSetup.EnsureQueuesAsync(Sqs, settings.Queues, cancellation);
        await new TablesSetup(DynamoDb, Time, NullLogger<TablesSetup>.Instance).CreateTablesAsync(settings.Tables, cancellation);
    }

    public void Dispose()
    {
        Gateway.Dispose();
        _sqs?.Dispose();
        _dynamoDb?.Dispose();
    }
}
