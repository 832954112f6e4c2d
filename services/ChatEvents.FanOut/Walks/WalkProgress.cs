using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// Saves how far large walks have come, so that a redelivered message continues from there and not from the first connection. One item
/// per message, because messages that shared a walk may be redelivered one by one.
/// </summary>
public sealed class WalkProgress(ProgressTable table)
{
    /// <summary>How far the walk of a redelivered message has come.</summary>
    public async Task<SavedWalk> ReadAsync(WalkScope scope, string messageId, CancellationToken abandoning) =>
        (await ReadAsync([scope], messageId, abandoning))[0];

    /// <summary>How far the walk of a message has come in each of the scopes, in their order.</summary>
    public async Task<IReadOnlyList<SavedWalk>> ReadAsync(
        IReadOnlyList<WalkScope> scopes, string messageId, CancellationToken abandoning)
    {
        var found = await table.FindAsync([.. scopes.Select(scope => KeyOf(scope, messageId))], abandoning);
        return [.. scopes.Select(scope =>
            found.TryGetValue(KeyOf(scope, messageId), out var row) ? SavedIn(row, scope) : SavedWalk.None(scope))];
    }

    /// <summary>Of messages, those with which a walk over the scope has begun and saved something.</summary>
    public async Task<IReadOnlySet<string>> FindBegunAsync(
        WalkScope scope, IReadOnlyCollection<string> messageIds, CancellationToken abandoning)
    {
        if (messageIds.Count == 0) return new HashSet<string>();
        var found = await table.FindAsync([.. messageIds.Select(id => KeyOf(scope, id))], abandoning);
        return found.Where(saved => saved.Value.Shard is not null).Select(saved => saved.Key.MessageId).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Saves that every connection up to the position was dealt with, except for the late ones.</summary>
    public Task SaveAsync(WalkScope scope, IEnumerable<RoomMessage> messages, WalkPosition position, CancellationToken abandoning) =>
        SaveAsync(scope, messages, message => SavedWalk.Of(message, position), abandoning);

    public Task SaveAsync(
        WalkScope scope, IEnumerable<RoomMessage> messages, Func<RoomMessage, SavedWalk> walkOf, CancellationToken abandoning) =>
        table.PutAsync(messages.Select(message => (KeyOf(scope, message.Id), RowOf(walkOf(message)))), abandoning);

    /// <summary>Saves that every connection was dealt with.</summary>
    public Task SaveEndAsync(WalkScope scope, IEnumerable<RoomMessage> messages, CancellationToken abandoning) => table.PutAsync(
        messages.Select(message => (KeyOf(scope, message.Id), RowOf(SavedWalk.Of(message, scope.End)) with
        {
            Life = scope.Shard is null && message.Tally.HandedOn == 0 ? ProgressSchema.EndLife : ProgressSchema.Life,
        })),
        abandoning);

    /// <summary>Tells the worker that waits for this shard that no worker will continue its walk.</summary>
    public Task SaveGivenUpAsync(WalkScope scope, IEnumerable<RoomMessage> messages, string attempt, CancellationToken abandoning) =>
        Task.WhenAll(messages.Select(message => table.SetGivenUpAsync(KeyOf(scope, message.Id), attempt, abandoning)));

    private static ProgressKey KeyOf(WalkScope scope, string messageId) => new(messageId, scope.Shard);

    private static SavedWalk SavedIn(ProgressRow row, WalkScope scope) =>
        new(row.Shard is { } shard ? new WalkPosition(shard, row.After) : scope.Start, row.Late)
        {
            IsDivided = row.IsDivided,
            Outcomes = Enum.GetValues<DeliveryOutcome>()
                .Where(outcome => row.Outcomes.ContainsKey($"{outcome}"))
                .ToDictionary(outcome => outcome, outcome => row.Outcomes[$"{outcome}"]),
            GivenUp = row.GivenUp,
        };

    private static ProgressRow RowOf(SavedWalk walk) => new()
    {
        Shard = walk.Position.Shard,
        After = walk.Position.After,
        Late = walk.LateConnections,
        IsDivided = walk.IsDivided,
        Outcomes = walk.Outcomes.ToDictionary(outcome => outcome.Key.ToString(), outcome => outcome.Value),
    };
}

/// <summary>What a walk that ended early left: where to continue, and which of the connections it had passed were still late.</summary>
public sealed record SavedWalk(WalkPosition Position, IReadOnlyList<string> LateConnections)
{
    /// <summary>Whether the rest was divided by shards, each with a progress of its own; see Division/.</summary>
    public bool IsDivided { get; init; }

    /// <summary>How many deliveries ended how so far.</summary>
    public IReadOnlyDictionary<DeliveryOutcome, int> Outcomes { get; init; } = new Dictionary<DeliveryOutcome, int>();

    /// <summary><see cref="Contracts.WalkDivided.Attempt"/> at which the walk over this shard was given up; null if there is none.</summary>
    public string? GivenUp { get; init; }

    /// <summary>Has a message go on counting where this walk ended.</summary>
    public void CountIn(DeliveryTally tally, WalkScope scope)
    {
        // One that came to its end, or was divided, has told who did not get the message.
        if (IsDivided || Position == scope.End) tally.Add(Outcomes);
        else tally.TakeOver(Outcomes);
    }

    public static SavedWalk None(WalkScope scope) => new(scope.Start, []);

    /// <summary>
    /// The walk of a message, up to a position. Posts behind it are under way already, but the walk that continues will come to those
    /// connections again: they are not among the late ones.
    /// </summary>
    public static SavedWalk Of(RoomMessage message, WalkPosition position) =>
        new(position, [.. message.Tally.LateConnections().Where(position.IsPast)]) { Outcomes = message.Tally.Outcomes() };
}
