using System.Text;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut.Delivering;

/// <summary>The recent messages of each room, in the order in which they were walked.</summary>
public sealed class RecentLog(RecentTable table, TimeProvider time)
{
    private long _lastTicks;

    /// <summary>Writes messages before they are walked, and sets their positions.</summary>
    public Task WriteAsync(IReadOnlyList<RoomMessage> messages, CancellationToken abandoning)
    {
        foreach (var message in messages)
        {
            message.Position = $"{NextPosition()}#{message.Id}";
        }

        return table.PutAsync(messages.Select(RowOf), abandoning);
    }

    /// <summary>The messages that were posted at an instant or later, without repeats: a redelivered message is in the log again.</summary>
    public IAsyncEnumerable<RoomMessage> ReadSinceAsync(string room, DateTimeOffset since, CancellationToken abandoning) =>
        table.ReadSinceAsync(room, since, abandoning).DistinctBy(row => row.MessageId, StringComparer.Ordinal).Select(MessageOf);

    /// <summary>The message at a position; null if it has expired, and with it every connection that could lack it.</summary>
    public async Task<RoomMessage?> FindAsync(string room, string position, CancellationToken abandoning) =>
        await table.FindAsync(room, position, abandoning) is { } row ? MessageOf(row) : null;

    private static RoomMessage MessageOf(RecentMessage row) => new(row.Room, new RenderedMessage(row.MessageId, row.Text))
    {
        PostedAt = row.PostedAt,
        Position = row.Position,
    };

    private static RecentMessage RowOf(RoomMessage message) =>
        new(message.Room, message.Position, message.Id, Encoding.UTF8.GetString(message.Rendered.Body.Span), message.PostedAt);

    /// <summary>Grows with every message, even if the clock stands still or is set back.</summary>
    private string NextPosition()
    {
        long last, next;
        do
        {
            last = Volatile.Read(ref _lastTicks);
            next = Math.Max(last + 1, time.GetUtcNow().UtcTicks);
        }
        while (Interlocked.CompareExchange(ref _lastTicks, next, last) != last);

        return RecentMessages.PositionAt(new DateTimeOffset(next, TimeSpan.Zero));
    }
}
