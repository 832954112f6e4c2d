using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rendering;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Delivering;

/// <summary>The recent messages of each room, in the order in which they were walked. Writing them there gives them their numbers.</summary>
public sealed class RecentLog(RecentTable table, MessageFrames frames, IOptions<HistoryOptions> history, TimeProvider time)
{
    /// <summary>
    /// Of rooms whose ends are remembered, and of ids of messages in them: some 20 MB. Beyond either, all are forgotten, which costs each
    /// room one read more. Arbitrary.
    /// </summary>
    private const int MaxRooms = 10_000, MaxIds = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, RoomLog> _rooms = new(StringComparer.Ordinal);
    private int _ids;

    /// <summary>
    /// Writes messages of one room before they are walked, one after the other, and sets their positions. One that is there already keeps
    /// the number that it has.
    /// </summary>
    public async Task WriteAsync(IReadOnlyList<RoomMessage> messages, CancellationToken abandoning)
    {
        var written = messages.Where(message => !message.IsNotice).ToList();
        if (written.Count == 0) return;

        var room = LogOf(written[0].Room);
        var idsBefore = room.IdsKnown;
        foreach (var message in written)
        {
            (message.Position, var isKnown) = await room.WriteAsync(message.Posted, message.MayBeLogged, abandoning);
            if (isKnown) message.IsRemoved = await table.FindAsync(message.Room, message.Position, abandoning) is { IsRemoved: true };
        }

        lock (_gate)
        {
            _ids += room.IdsKnown - idsBefore;
            if (_ids > MaxIds) Forget();
        }
    }

    /// <summary>The messages that were posted at an instant or later.</summary>
    public IAsyncEnumerable<RoomMessage> ReadSinceAsync(string room, DateTimeOffset since, CancellationToken abandoning) =>
        table.ReadSinceAsync(room, since, abandoning).Select(MessageOf);

    /// <summary>The message, or the notice, at a position; null if it has expired, and with it every connection that could lack it.</summary>
    public async Task<RoomMessage?> FindAsync(string room, string position, CancellationToken abandoning)
    {
        var isRemoval = RecentMessages.IsRemoval(position);
        if (await table.FindAsync(room, isRemoval ? RecentMessages.MessageOf(position) : position, abandoning) is not { } row) return null;
        return isRemoval ? NoticeOf(MessageOf(row)) : MessageOf(row);
    }

    /// <summary>The message of a number; null if there is none.</summary>
    /// <param name="room">The room.</param>
    /// <param name="epoch">Null for the latest one.</param>
    /// <param name="seq">The number.</param>
    /// <param name="abandoning">Ends the read.</param>
    public async Task<RoomMessage?> FindAsync(string room, string? epoch, long seq, CancellationToken abandoning)
    {
        if (epoch is null)
        {
            var newest = await table.ReadBackAsync(room, abandoning).FirstOrDefaultAsync(abandoning);
            if (!RecentMessages.TryReadPosition(newest.Position, out epoch, out _)) return null;
        }

        return RecentMessages.IsEpoch(epoch) ? await FindAsync(room, RecentMessages.PositionOf(epoch, seq), abandoning) : null;
    }

    /// <summary>Drops the text and data of a message. It keeps its number.</summary>
    public Task RemoveAsync(RoomMessage message, CancellationToken abandoning) =>
        message.IsRemoved ? Task.CompletedTask : table.RemoveAsync(message.Room, message.Position, abandoning);

    /// <summary>Tells that a message was removed.</summary>
    public RoomMessage NoticeOf(RoomMessage message) =>
        new(message.Posted with { MessageId = $"removed:{message.Position}", Message = "", Data = null }, frames)
        {
            Position = RecentMessages.RemovalOf(message.Position),
            IsRemoved = true,
        };

    private RoomMessage MessageOf(RecentMessage row) => row.OldText is { } text
        ? new(row.Posted, new RenderedMessage(row.Posted.MessageId, text)) { Position = row.Position }
        : new(row.Posted, frames) { Position = row.Position, IsRemoved = row.IsRemoved };

    private RoomLog LogOf(string room)
    {
        lock (_gate)
        {
            if (_rooms.TryGetValue(room, out var log)) return log;
            if (_rooms.Count >= MaxRooms) Forget();
            return _rooms[room] = new RoomLog(table, room, history.Value.Retention, time);
        }
    }

    private void Forget()
    {
        _rooms.Clear();
        _ids = 0;
    }
}
