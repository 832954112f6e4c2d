using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Consumers.Tables;

/// <summary>
/// Delays the start of the worker until its tables exist. Database, tables and worker may be started in any order, and a worker without
/// tables receives no messages.
/// </summary>
public sealed partial class TableWait(
    IAmazonDynamoDB dynamoDb, IReadOnlyList<string> tables, TimeSpan patience, TimeProvider time, ILogger<TableWait> logger) : IHostedService
{
    /// <summary>Arbitrary: long enough for containers in which worker and database start together.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Limit for one look at a table, including the SDK's retries, which would delay the first log line for too long. Arbitrary.
    /// </summary>
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(5);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        foreach (var table in tables)
        {
            var said = false;
            while (await WhyNotReadyAsync(table, cancellationToken) is { } reason)
            {
                if (time.GetElapsedTime(startedAt) >= patience)
                    throw new WorkerCannotStartException($"Table {table} is not ready after {patience}: {reason}");
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
