using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry;

/// <summary>
/// Creates the tables that the registry writes or reads where nobody else does: on a laptop and in tests. On AWS the deployment makes them. Tables that exist
/// are left as they are.
/// </summary>
public sealed partial class RegistryTablesSetup(
    IAmazonDynamoDB dynamoDb, RegistryOptions tables, TimeProvider time, ILogger<RegistryTablesSetup> logger)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private static readonly KeySchemaElement ConnectionIdKey = new(RegistryTables.ConnectionId, KeyType.HASH);

    public async Task CreateTablesAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(
            EnsureTableAsync(tables.ConnectionsTable, [ConnectionIdKey], cancellation),
            EnsureTableAsync(tables.ClosedTable, [ConnectionIdKey], cancellation),
            EnsureTableAsync(
                tables.RoomsTable,
                [new(RegistryTables.RoomShard, KeyType.HASH), new(RegistryTables.ConnectionId, KeyType.RANGE)],
                cancellation),
            EnsureTableAsync(
                tables.RecentTable,
                [new(RecentMessages.Room, KeyType.HASH), new(RecentMessages.Position, KeyType.RANGE)],
                cancellation));
    }

    /// <summary>Creates one table with keys of type string, on demand, whose items expire by <see cref="RegistryTables.TimeToLive"/>.</summary>
    public async Task EnsureTableAsync(string table, List<KeySchemaElement> key, CancellationToken cancellation)
    {
        try
        {
            await dynamoDb.CreateTableAsync(
                new CreateTableRequest
                {
                    TableName = table,
                    KeySchema = key,
                    AttributeDefinitions = key.ConvertAll(part => new AttributeDefinition(part.AttributeName, ScalarAttributeType.S)),
                    BillingMode = BillingMode.PAY_PER_REQUEST,
                },
                cancellation);
        }
        catch (ResourceInUseException)
        {
            LogExists(table);
        }

        while (!await dynamoDb.IsActiveAsync(table, cancellation))
            await Task.Delay(PollInterval, time, cancellation);
        await EnableTimeToLiveAsync(table, cancellation);
    }

    private async Task EnableTimeToLiveAsync(string table, CancellationToken cancellation)
    {
        try
        {
            await dynamoDb.UpdateTimeToLiveAsync(
                new UpdateTimeToLiveRequest
                {
                    TableName = table,
                    TimeToLiveSpecification = new() { AttributeName = RegistryTables.TimeToLive, Enabled = true },
                },
                cancellation);
        }
        catch (AmazonDynamoDBException unsupported) when (unsupported.ErrorCode == "UnknownOperationException")
        {
            LogNoTimeToLive(table);
        }
        catch (AmazonDynamoDBException enabled) when (
            enabled.ErrorCode == "ValidationException" && enabled.Message.Contains("already enabled", StringComparison.OrdinalIgnoreCase))
        {
            LogExists(table);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Table {Table} exists and is left as it is")]
    private partial void LogExists(string table);

    [LoggerMessage(LogLevel.Debug, "This server cannot expire items; those of {Table} stay until they are removed, and readers skip them")]
    private partial void LogNoTimeToLive(string table);
}
