using ChatEvents.Contracts;
using ChatEvents.Routes.Logs;

namespace ChatEvents.Routes.History;

/// <summary>The messages that a frame asks for, as far as they are kept.</summary>
/// <param name="Epoch">Their epoch; null when nothing is kept.</param>
/// <param name="Messages">Oldest first.</param>
/// <param name="HasMore">Whether there is more of what was asked for.</param>
/// <param name="IsComplete">Whether it begins where the frame asks it to.</param>
internal sealed record HistoryPage(string? Epoch, IReadOnlyList<LoggedMessage> Messages, bool HasMore, bool IsComplete)
{
    public static async Task<HistoryPage> ReadAsync(RoomLog log, HistoryFrame asked, CancellationToken answering)
    {
        if (asked is { After: null, Before: null }) return await ReadBeforeAsync(log, asked, epoch: null, answering);

        var epoch = asked.Epoch ?? (await log.FindTailAsync(asked.Room, answering)).Epoch;
        if (asked.Before is not null)
        {
            return RecentMessages.IsEpoch(epoch)
                ? await ReadBeforeAsync(log, asked, epoch, answering)
                : new HistoryPage(Epoch: null, [], HasMore: false, IsComplete: epoch is null);
        }

        return (RecentMessages.IsEpoch(epoch) ? await ReadAfterAsync(log, asked, epoch!, answering) : null)
            ?? await ReadFromStartAsync(log, asked, isComplete: epoch is null && asked.After == 0, answering);
    }

    /// <summary>The last messages before a number, or of all.</summary>
    private static async Task<HistoryPage> ReadBeforeAsync(RoomLog log, HistoryFrame asked, string? epoch, CancellationToken answering)
    {
        var end = epoch is null ? RecentMessages.BehindPositions : RecentMessages.PositionOf(epoch, asked.Before!.Value - 1);
        var page = await log.ReadAsync(
            asked.Room, new LogRange(RecentMessages.BeforePositions, end) { IsDescending = true }, asked.Limit + 1, answering);
        epoch ??= page.Messages.Count > 0 ? page.Messages[0].Epoch : null;
        var found = page.Messages.TakeWhile(message => message.Epoch == epoch).ToList();
        var messages = found.Take(asked.Limit).Reverse().ToList();
        var hasMore = found.Count > messages.Count || (found.Count == page.Messages.Count && page.Next is not null);
        var isAll = messages.Count > 0 ? messages[0].Seq == 1 : asked.Before is null or 1;
        return new HistoryPage(epoch, messages, hasMore, IsComplete: hasMore || isAll);
    }

    /// <summary>
    /// The messages after a number. The message of the number itself is read too: it tells that nothing is missing behind it.
    /// </summary>
    /// <returns>Null when nothing of the epoch is left from there on, so that the number means nothing.</returns>
    private static async Task<HistoryPage?> ReadAfterAsync(RoomLog log, HistoryFrame asked, string epoch, CancellationToken answering)
    {
        var after = asked.After!.Value;
        var page = await log.ReadAsync(
            asked.Room,
            new LogRange(RecentMessages.PositionOf(epoch, after), RecentMessages.BehindPositions) { IsConsistent = true },
            asked.Limit + 2,
            answering);
        var known = page.Messages.TakeWhile(message => message.Epoch == epoch).ToList();
        if (known.Count == 0) return null;

        var found = known.Where(message => message.Seq > after).ToList();

        // The room has begun a new log, and the client has all of the old one.
        if (found.Count == 0 && known.Count < page.Messages.Count)
            return FirstOf(page with { Messages = [.. page.Messages.Skip(known.Count)] }, asked, isComplete: false);
        var messages = found.Take(asked.Limit).ToList();
        return new HistoryPage(
            epoch,
            messages,
            HasMore: found.Count > messages.Count || known.Count < page.Messages.Count || page.Next is not null,
            IsComplete: known[0].Seq <= after + 1);
    }

    private static async Task<HistoryPage> ReadFromStartAsync(
        RoomLog log, HistoryFrame asked, bool isComplete, CancellationToken answering)
    {
        var page = await log.ReadAsync(
            asked.Room,
            new LogRange(RecentMessages.BeforePositions, RecentMessages.BehindPositions) { IsConsistent = true },
            asked.Limit + 1,
            answering);
        return FirstOf(page, asked, isComplete);
    }

    /// <summary>As many messages as asked for from the beginning of what was read, all of one epoch.</summary>
    private static HistoryPage FirstOf(LogPage page, HistoryFrame asked, bool isComplete)
    {
        var epoch = page.Messages.Count > 0 ? page.Messages[0].Epoch : null;
        var found = page.Messages.TakeWhile(message => message.Epoch == epoch).ToList();
        var messages = found.Take(asked.Limit).ToList();
        return new HistoryPage(
            epoch,
            messages,
            HasMore: found.Count > messages.Count || found.Count < page.Messages.Count || page.Next is not null,
            isComplete);
    }
}
