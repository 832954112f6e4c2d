using System.Runtime.CompilerServices;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// Goes through the connections of a room, or of a shard of it, stretch by stretch: posts to many of them at once, and saves how far it
/// has come.
/// </summary>
public sealed class WalkStretches(RoomPages pages, WalkDeliveries deliveries, WalkProgress progress, IOptions<FanOutOptions> options)
{
    private readonly FanOutOptions _options = options.Value;

    /// <returns>Null if the walk is through; else where it stopped, because the room is too large for one worker.</returns>
    public async Task<WalkPosition?> WalkAsync(SharedWalk walk)
    {
        foreach (var connection in await pages.FindAsync(walk.Scope.Room, walk.LateBefore.Keys, walk.Abandoning))
        {
            await deliveries.TakeOverAsync(walk, connection, walk.Abandoning);
        }

        var loops = new List<Task>();
        using var failing = CancellationTokenSource.CreateLinkedTokenSource(walk.Abandoning);
        try
        {
            return await FeedAsync(walk, loops, failing);
        }
        catch (OperationCanceledException) when (!walk.Abandoning.IsCancellationRequested)
        {
            await Task.WhenAll(loops); // one of them failed and ended the walk
            throw;
        }
        finally
        {
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// At most two stretches are under way and not saved: while the last posts of one are waited for, the next keeps the sockets busy, and
    /// a crash repeats no more than a page.
    /// </summary>
    private async Task<WalkPosition?> FeedAsync(SharedWalk walk, List<Task> loops, CancellationTokenSource failing)
    {
        Stretch? last = null;
        try
        {
            await foreach (var stretch in ReadStretchesAsync(walk, failing.Token))
            {
                var before = last;
                last = stretch;
                before?.ContinueWith(stretch);
                while (loops.Count < Math.Min(_options.Concurrency, stretch.Count))
                {
                    loops.Add(Task.Run(() => PostAsync(walk, stretch, failing), CancellationToken.None));
                }

                if (before is not null)
                {
                    await before.Done.WaitAsync(failing.Token);
                    await SaveAsync(walk, before.End, failing.Token);
                }

                if (IsTooLarge(walk.Scope, stretch))
                {
                    await stretch.Done.WaitAsync(failing.Token);
                    return stretch.End;
                }
            }

            if (last is not null)
                await last.Done.WaitAsync(failing.Token);
            return null;
        }
        finally
        {
            last?.ContinueWith(null);
        }
    }

    /// <summary>One of many loops: takes connections of a stretch until there are none left, then those of the next.</summary>
    private async Task PostAsync(SharedWalk walk, Stretch? stretch, CancellationTokenSource failing)
    {
        try
        {
            for (; stretch is not null; stretch = await stretch.Next)
            {
                while (stretch.TryTake() is { } connection)
                {
                    await deliveries.DeliverAsync(walk, connection, failing.Token);
                    stretch.CountDone();
                }
            }
        }
        catch
        {
            await failing.CancelAsync();
            throw;
        }
    }

    /// <summary>
    /// Saves that every connection up to the position was dealt with, except for the late ones. Not for a message that was forbidden just
    /// now: if that goes on, a worker that may post must begin before it.
    /// </summary>
    private Task SaveAsync(SharedWalk walk, WalkPosition position, CancellationToken abandoning) => progress.SaveAsync(
        walk.Scope, walk.Messages.Where(message => !message.Tally.WasForbiddenLast), position, abandoning);

    /// <summary>
    /// Ids are spread evenly, so one shard shows how large the room is. At least two shards must be left, or there is nothing to share.
    /// </summary>
    private bool IsTooLarge(WalkScope scope, Stretch stretch) => scope.Shard is null
        && stretch.ReadOfShard > _options.DivideAbove / RegistryTables.ShardsPerRoom
        && stretch.End.Shard < RegistryTables.ShardsPerRoom - 1;

    /// <summary>Stretches are of one size, wherever the pages end: the shards of a small room hold a connection or two each.</summary>
    private async IAsyncEnumerable<Stretch> ReadStretchesAsync(SharedWalk walk, [EnumeratorCancellation] CancellationToken abandoning)
    {
        var size = _options.StretchSize;
        var gathered = new List<Connection>(size);
        var (shard, ofShard) = (walk.From.Shard, 0);
        await foreach (var page in pages.ReadPagesAsync(walk.Scope, walk.From, abandoning))
        {
            (shard, ofShard) = (page.Shard, page.Connections.Count + (page.Shard == shard ? ofShard : 0));
            for (var taken = 0; taken < page.Connections.Count;)
            {
                var more = page.Connections.Skip(taken).Take(size - gathered.Count).ToList();
                gathered.AddRange(more);
                taken += more.Count;
                if (gathered.Count == size)
                {
                    var end = taken == page.Connections.Count ? page.Next : new WalkPosition(page.Shard, gathered[^1].Id);
                    yield return new Stretch(gathered, end, ofShard);
                    gathered = new List<Connection>(size);
                }
            }
        }

        if (gathered.Count > 0)
            yield return new Stretch(gathered, walk.Scope.End, ofShard);
    }

    /// <summary>Connections that are all dealt with before the progress moves past them.</summary>
    /// <param name="connections">In the order of the walk.</param>
    /// <param name="end">Where to continue when they are dealt with.</param>
    /// <param name="readOfShard">How many connections of the last one's shard were read so far.</param>
    private sealed class Stretch(List<Connection> connections, WalkPosition end, int readOfShard)
    {
        private readonly TaskCompletionSource<Stretch?> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _undone = connections.Count;
        private int _taken;

        public int Count => connections.Count;

        public WalkPosition End => end;

        public int ReadOfShard => readOfShard;

        /// <summary>The stretch behind this one, once it is read; null if the walk ends here.</summary>
        public Task<Stretch?> Next => _next.Task;

        /// <summary>Completes when every connection was dealt with.</summary>
        public Task Done => _done.Task;

        public void ContinueWith(Stretch? next) => _next.TrySetResult(next);

        public Connection? TryTake() => Interlocked.Increment(ref _taken) is var number && number <= connections.Count
            ? connections[number - 1]
            : null;

        public void CountDone()
        {
            if (Interlocked.Decrement(ref _undone) == 0)
                _done.TrySetResult();
        }
    }
}
