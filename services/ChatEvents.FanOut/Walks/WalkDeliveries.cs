using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// What one walk does at each connection: posts its messages there, in order. A connection that a post does not reach at once gets a
/// lane, so that the others do not wait; lanes that are not done when the walk is over are handed on.
/// </summary>
internal sealed class WalkDeliveries(
    WalkScope scope,
    WalkPosition from,
    IReadOnlyList<MessageTally> messages,
    IReadOnlyDictionary<string, Debt> debts,
    Deliveries deliveries,
    WalkProgress progress) : IAsyncDisposable
{
    /// <summary>Lanes at once in one walk; arbitrary, some 2 KB each. Whoever is late beyond that is handed on at once.</summary>
    private const int MaxLanes = 5_000; // ProgressSchema.Late counts on it

    /// <summary>How many are handed on together while the walk goes on.</summary>
    private const int HandedOnAtOnce = 500;

    /// <summary>Of those that lag too far behind; arbitrary.</summary>
    private const int ClosedAtOnce = 16;

    private readonly UnsavedLanes _unsaved = new(deliveries.UnsavedLanes);
    private readonly ConcurrentDictionary<Lane, Task> _lanes = [];
    private readonly ConcurrentQueue<Lane> _handingOn = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _abandoning = new();
    private WalkPosition _saved = from;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask DeliverAsync(Connection connection, CancellationToken abandoning)
    {
        if (debts.Count > 0 && debts.TryGetValue(connection.Id, out var debt))
        {
            await FollowAsync(connection, debt, messages.Where(tally => IsFor(connection, tally)), abandoning);
            return;
        }

        for (var index = 0; index < messages.Count; index++)
        {
            if (!IsFor(connection, messages[index]))
                continue;

            if (await deliveries.Posts.TryDeliverAsync(connection, messages[index], abandoning) is not { } failed)
                continue;

            // The others wait behind it; else they would overtake.
            var late = messages.Skip(index).Where((tally, behind) => behind == 0 || IsFor(connection, tally));
            await BeginLateAsync(connection, [.. late], failed, abandoning);
            return;
        }
    }

    /// <summary>Goes on with a connection that was late for these messages when another worker had them.</summary>
    public ValueTask TakeOverAsync(Connection connection, IReadOnlyList<MessageTally> late, CancellationToken abandoning) =>
        debts.TryGetValue(connection.Id, out var debt)
            ? FollowAsync(connection, debt, late, abandoning)
            : BeginLateAsync(connection, late, new Delivery(DeliveryOutcome.Failed, Reason: "the worker ended"), abandoning);

    /// <summary>
    /// Saves that every connection up to the position was dealt with, but for those who are late now. Not of a message that was forbidden
    /// just now: if it stays so, a worker that may post shall begin before that.
    /// </summary>
    public async Task SaveAsync(WalkPosition position, CancellationToken abandoning)
    {
        var lanes = _unsaved.BeginSaving();
        await progress.SaveAsync(scope, messages.Where(tally => !tally.WasForbiddenLast), position, abandoning);
        _unsaved.EndSaving(lanes);
        _saved = position;
    }

    /// <summary>When it returns, every connection that the walk has passed either has the messages, or is owed them.</summary>
    public async Task EndAsync(CancellationToken abandoning)
    {
        await WaitForLanesAsync(abandoning);
        await _ending.CancelAsync();
        await Task.WhenAll(_lanes.Values).WaitAsync(abandoning);
        foreach (var lane in _lanes.Keys.Where(lane => lane.Messages > 0)) _handingOn.Enqueue(lane);
        _lanes.Clear();
        await HandOnAsync(abandoning);

        // Of the others it is said when they are over.
        deliveries.Late.Report(messages.Where(tally => tally.HandedOn == 0 && !tally.IsForbidden));
    }

    public async ValueTask DisposeAsync()
    {
        await _abandoning.CancelAsync();
        await Task.WhenAll(_lanes.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
        _abandoning.Dispose();
        _unsaved.Dispose();
    }

    /// <summary>
    /// When the account refuses posts, many are late at once, and the room's next messages would only join them: better to wait here than
    /// to hand them all on.
    /// </summary>
    private async Task WaitForLanesAsync(CancellationToken abandoning)
    {
        using var waited = CancellationTokenSource.CreateLinkedTokenSource(abandoning);
        var saving = SaveWheneverCrowdedAsync(waited.Token);
        await deliveries.Rate.WaitWhileHeldBackAsync(Task.WhenAny(Task.WhenAll(_lanes.Values), saving), abandoning);
        await waited.CancelAsync();
        await saving;
    }

    private async Task SaveWheneverCrowdedAsync(CancellationToken waited)
    {
        try
        {
            while (true)
            {
                await _unsaved.UntilCrowdedAsync(waited);
                await SaveAsync(_saved, waited);
            }
        }
        catch (OperationCanceledException) when (waited.IsCancellationRequested)
        {
        }
    }

    private bool IsFor(Connection connection, MessageTally tally) => deliveries.Ledger.TryWalk(scope.Room, connection, tally.Position);

    /// <summary>Puts the messages behind those that the room owes the connection already.</summary>
    private async ValueTask FollowAsync(Connection connection, Debt debt, IEnumerable<MessageTally> late, CancellationToken abandoning)
    {
        var isOwed = late.ToLookup(tally => debt.Holds(tally.Message.MessageId));
        if (isOwed[true].Any())
        {
            var again = debt.Parts!.Where(owed => isOwed[true].Any(tally => owed.MessageIds.Contains(tally.Message.MessageId)));
            await deliveries.Owed.RemindAsync(scope.Room, connection, again, abandoning);
        }

        if (isOwed[false].Any())
            await HandOnAsync(BeginLate(connection, [.. isOwed[false]]), abandoning);
    }

    private ValueTask BeginLateAsync(Connection connection, IReadOnlyList<MessageTally> late, Delivery failed, CancellationToken abandoning)
    {
        var lane = BeginLate(connection, late);
        lane.Attempts = 1;
        if (_lanes.Count >= MaxLanes)
            return HandOnAsync(lane, abandoning);

        _lanes[lane] = Task.Run(() => WorkOffAsync(lane, failed), CancellationToken.None);
        return default;
    }

    private Lane BeginLate(Connection connection, IReadOnlyList<MessageTally> late)
    {
        foreach (var tally in late) tally.BeginLate(connection.Id);
        return new Lane(connection, late, deliveries.Time.GetUtcNow()) { Unsaved = _unsaved };
    }

    private async Task WorkOffAsync(Lane lane, Delivery failed)
    {
        await deliveries.Late.WorkOffAsync(lane, failed, _ending.Token, _abandoning.Token);
        if (lane.Messages == 0) _lanes.TryRemove(lane, out _);
    }

    private async ValueTask HandOnAsync(Lane lane, CancellationToken abandoning)
    {
        _handingOn.Enqueue(lane);
        if (_handingOn.Count >= HandedOnAtOnce) await HandOnAsync(abandoning);
    }

    private async Task HandOnAsync(CancellationToken abandoning)
    {
        var lanes = new List<Lane>();
        while (_handingOn.TryDequeue(out var lane)) lanes.Add(lane);
        var tooMuch = lanes.FindAll(lane => deliveries.IsTooMuch(lane, debts.GetValueOrDefault(lane.Connection.Id)));
        await Parallel.ForEachAsync(
            tooMuch,
            new ParallelOptions { MaxDegreeOfParallelism = ClosedAtOnce, CancellationToken = abandoning },
            async (lane, token) =>
                await deliveries.Late.CloseAsync(lane, new Delivery(DeliveryOutcome.Throttled, Reason: "too much waits"), token));
        lanes = [.. lanes.Except(tooMuch)];
        if (lanes.Count == 0)
            return;

        foreach (var tally in lanes.SelectMany(lane => lane.Waiting).Distinct()) deliveries.LateMessages.Keep(tally);
        await deliveries.Owed.HandOnAsync(scope.Room, lanes, abandoning);
    }
}
