using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using ChatEvents.Consumers;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry;

/// <summary>
/// Holds the start of the worker until its tables are there: whoever starts database, tables and worker together need not care for
/// their order, and a worker without tables takes no message from the queue.
/// </summary>
public sealed partial class TableWait(
    IAmazonDynamoDB dynamoDb, IOptions<RegistryOptions> options, TimeProvider time, ILogger<TableWait> logger) : IHostedService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var tables = options.Value;
        var startedAt = time.GetTimestamp();
        foreach (var table in (string[])[tables.ConnectionsTable, tables.RoomsTable, tables.ClosedTable, tables.RecentTable])
        {
            var said = false;
            while (await WhyNotReadyAsync(table, cancellationToken) is { } reason)
            {
                if (time.GetElapsedTime(startedAt) >= tables.TablesTimeout)
                    throw new WorkerCannotStartException($"Table {table} is not ready after {tables.TablesTimeout}: {reason}");
                if (!said)
                    LogWaiting(table, reason);
                said = true;
                await Task.Delay(PollInterval, time, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<string?> WhyNotReadyAsync(string table, CancellationToken cancellation)
    {
        try
        {
            return await dynamoDb.IsActiveAsync(table, cancellation) ? null : "it is being created.";
        }
        catch (ResourceNotFoundException)
        {
            return "it does not exist.";
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or AmazonClientException { InnerException: HttpRequestException })
        {
            return $"DynamoDB cannot be reached ({unreachable.GetBaseException().Message}).";
        }
    }

    [LoggerMessage(LogLevel.Information, "Waiting for table {Table}: {Reason}")]
    private partial void LogWaiting(string table, string reason);
}

internal static class TableStatusExtensions
{
    public static async Task<bool> IsActiveAsync(this IAmazonDynamoDB dynamoDb, string table, CancellationToken cancellation)
    {
        var described = await dynamoDb.DescribeTableAsync(table, cancellation);
        return described.Table.TableStatus == TableStatus.ACTIVE;
    }
}
