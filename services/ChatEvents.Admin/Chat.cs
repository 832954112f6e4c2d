using Amazon.DynamoDBv2;
using Amazon.SQS;
using ChatEvents.ConnectionRegistry;
using ChatEvents.Queues;
using Microsoft.Extensions.Options;

namespace ChatEvents.Admin;

/// <summary>The chat that a verb looks into: its tables, queues and gateway, each connected to when it is first asked for.</summary>
internal sealed class Chat(Surroundings surroundings, ChatSettings settings) : IDisposable
{
    private IAmazonDynamoDB? _dynamoDb;
    private IAmazonSQS? _sqs;

    public TimeProvider Time => surroundings.Time;

    public RouteEventQueues Queues => settings.Queues;

    /// <summary>The registry's own reading of its rows. This tool writes none: what it finds wrong it reports to the registry worker.</summary>
    public RegistryRows Rows => field ??= new(DynamoDb, Options.Create(settings.Registry), Time, Jitter.Next);

    public Memberships Memberships => field ??= new(DynamoDb, settings.Registry.RoomsTable, Time);

    public Gateway Gateway => field ??= new(surroundings.CreateGateway, settings.CallbackEndpoint);

    public RouteEventPublisher Publisher => field ??= new(Sqs, settings.Queues, Time, Jitter.Next);

    public IAmazonSQS Sqs => _sqs ??= surroundings.CreateSqs();

    private IAmazonDynamoDB DynamoDb => _dynamoDb ??= surroundings.CreateDynamoDb();

    /// <summary>Open connections, those excluded that DynamoDB has not expired yet.</summary>
    public IAsyncEnumerable<Connection> ReadConnectionsAsync(CancellationToken cancellation)
    {
        var now = Time.GetUtcNow();
        return Rows.ReadOpenedBeforeAsync(DateTimeOffset.MaxValue, cancellation).Where(connection => connection.ExpiresAt > now);
    }

    /// <exception cref="AdminException">There is no such connection.</exception>
    public async Task<Connection> FindConnectionAsync(string connectionId, CancellationToken cancellation) =>
        await Rows.FindAsync(connectionId, cancellation) is { } found && found.ExpiresAt > Time.GetUtcNow()
            ? found
            : throw new AdminException($"There is no open connection {connectionId} in table {settings.Registry.ConnectionsTable}.");

    public void Dispose()
    {
        Gateway.Dispose();
        _sqs?.Dispose();
        _dynamoDb?.Dispose();
    }
}
