using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Consumers.Tables;

/// <summary>
/// Holds the start of the worker until its tables are there: whoever starts database, tables and worker together need not care for
/// their order, and a worker without tables takes no message from the queue.
/// </summary>
public sealed partial class TableWait(
    IAmazonDynamoDB dynamoDb, RequiredTables tables, TimeProvider time, ILogger<TableWait> logger) : IHostedService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Of one look at a table, with all that the SDK tries again by itself; it would try for longer than anybody wants to wait for the
    /// first word. Arbitrary.
    /// </summary>
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(5);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        foreach (var table in tables.Names)
        {
            var said = false;
            while (await WhyNotReadyAsync(table, cancellationToken) is { } reason)
            {
                if (time.GetElapsedTime(startedAt) >= tables.Patience)
                    throw new WorkerCannotStartException($"Table {table} is not ready after {tables.Patience}: {reason}");
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
        using var timeout = new CancellationTokenSource(LookTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            return await dynamoDb.IsActiveAsync(table, either.Token) ? null : "it is being created.";
        }
        catch (ResourceNotFoundException)
        {
            return "it does not exist.";
        }
        catch (Exception unreachable)
            when (unreachable is HttpRequestException or AmazonClientException { InnerException: HttpRequestException })
        {
            return $"DynamoDB cannot be reached ({unreachable.GetBaseException().Message}).";
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return "DynamoDB does not answer.";
        }
    }

    [LoggerMessage(LogLevel.Information, "Waiting for table {Table}: {Reason}")]
    private partial void LogWaiting(string table, string reason);
}

public static class TableStatusExtensions
{
    public static async Task<bool> IsActiveAsync(this IAmazonDynamoDB dynamoDb, string table, CancellationToken cancellation)
    {
        var described = await dynamoDb.DescribeTableAsync(table, cancellation);
        return described.Table.TableStatus == TableStatus.ACTIVE;
    }
}
