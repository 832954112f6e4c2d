namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// Logs for each message, once, how many connections did not get it after all retries. Late deliveries end one by one, so their counts are
/// gathered by message until there were none for a while.
/// </summary>
public sealed partial class UndeliveredMessages(TimeProvider time, ILogger<UndeliveredMessages> logger) : IDisposable
{
    /// <summary>Longer than it takes until the next connection's event arrives. Arbitrary.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Gathered> _gathered = new(StringComparer.Ordinal);

    /// <summary>To be called whenever deliveries of the message have ended.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isLast">Whether these were its last ones, so that nothing more needs to be waited for.</param>
    public void Report(RoomMessage message, bool isLast)
    {
        if (message.Tally.TakeUndelivered() is not { } undelivered)
            return;

        lock (_gate)
        {
            if (!_gathered.TryGetValue(message.Id, out var gathered))
            {
                gathered = new Gathered(undelivered.FirstFailure, time.CreateTimer(_ => End(message.Id), null, Quiet, Timeout.InfiniteTimeSpan));
                _gathered.Add(message.Id, gathered);
            }

            gathered.Connections += undelivered.Connections;
            gathered.Ending.Change(Quiet, Timeout.InfiniteTimeSpan);
        }

        if (isLast) End(message.Id);
    }

    /// <summary>Logs what is still gathered.</summary>
    public void Dispose()
    {
        string[] left;
        lock (_gate) left = [.. _gathered.Keys];
        foreach (var messageId in left) End(messageId);
    }

    private void End(string messageId)
    {
        lock (_gate)
        {
            if (!_gathered.Remove(messageId, out var gathered))
                return;

            gathered.Ending.Dispose();
            NotDelivered(messageId, gathered.Connections, gathered.FirstFailure);
        }
    }

    [LoggerMessage(LogLevel.Warning,
        "Message {MessageId} was not delivered to {Connections} connections after all retries; the first: {Failure}")]
    private partial void NotDelivered(string messageId, int connections, string failure);

    private sealed class Gathered(string firstFailure, ITimer ending)
    {
        public string FirstFailure => firstFailure;

        public ITimer Ending => ending;

        public int Connections { get; set; }
    }
}
