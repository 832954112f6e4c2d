using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;

namespace ChatEvents.Consumers.Tables;

/// <summary>
/// What to do about items that DynamoDB leaves unprocessed where it would have to throttle. They come with a status of 200, so the SDK
/// neither waits nor tries again.
/// </summary>
public static class UnprocessedItems
{
    /// <summary>How often they are asked for again; eight attempts last about six seconds. Arbitrary.</summary>
    private const int MaxAttempts = 8;

    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(50));

    /// <summary>Waits before the next attempt, each time twice as long.</summary>
    /// <param name="attempt">The attempt that was made, the first being 1.</param>
    /// <param name="items">How many items it has left.</param>
    /// <param name="time">The clock.</param>
    /// <param name="jitter">From 0 to 1.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ProvisionedThroughputExceededException">It was the last one.</exception>
    public static Task PauseAsync(int attempt, int items, TimeProvider time, Func<double> jitter, CancellationToken cancellation) =>
        attempt < MaxAttempts
            ? Task.Delay(Backoff.After(attempt, jitter), time, cancellation)
            : throw new ProvisionedThroughputExceededException($"DynamoDB left {items} items unprocessed {attempt} times.");
}
