using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Consumers.Tables;

/// <summary>Creates the tables where no deployment does: on a laptop and in tests. Existing tables are not changed.</summary>
public sealed partial class TablesSetup(IAmazonDynamoDB dynamoDb, TimeProvider time, ILogger<TablesSetup> logger)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    public Task CreateTablesAsync(TableNames names, CancellationToken cancellation) =>
        Task.WhenAll(names.All.Select(table => EnsureTableAsync(table, cancellation)));

    /// <summary>Creates one table, billed on demand, whose items expire by <see cref="RegistryTables.TimeToLive"/>.</summary>
    public async Task EnsureTableAsync(TableSchema table, CancellationToken cancellation)
    {
        var key = new List<KeySchemaElement> { new(table.PartitionKey, KeyType.HASH) };
        if (table.SortKey is { } sortKey) key.Add(new(sortKey, KeyType.RANGE));
        try
        {
            await dynamoDb.CreateTableAsync(
                new CreateTableRequest
                {
                    TableName = table.Name,
                    KeySchema = key,
                    AttributeDefinitions = key.ConvertAll(part => new AttributeDefinition(part.AttributeName, ScalarAttributeType.S)),
                    BillingMode = BillingMode.PAY_PER_REQUEST,
                },
                cancellation);
        }
        catch (ResourceInUseException)
        {
            LogExists(table.Name);
        }

        while (!await dynamoDb.IsActiveAsync(table.Name, cancellation))
            await Task.Delay(PollInterval, time, cancellation);
        await EnableTimeToLiveAsync(table.Name, cancellation);
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

    [LoggerMessage(LogLevel.Debug, "Table {Table} exists and is not changed")]
    private partial void LogExists(string table);

    [LoggerMessage(LogLevel.Debug, "This server cannot expire items; expired items of {Table} stay, and readers skip them")]
    private partial void LogNoTimeToLive(string table);
}
