using System.Runtime.CompilerServices;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// One way through all connections of a room, or of a shard of it, with some messages. Many connections are posted to at once; each gets
/// the messages in order.
/// </summary>
internal sealed class RoomWalk(
    WalkScope scope,
    WalkPosition from,
    WalkDeliveries deliveries,
    RoomPages pages,
    FanOutOptions options)
{
    private readonly WalkFeed _feed = new();
    private readonly List<Task> _loops = [];
    private (int Shard, int Rows) _seen;

    /// <returns>Null when it is through; else where it stopped, because the room is too large for one worker.</returns>
    public async Task<WalkPosition?> RunAsync(CancellationToken abandoning)
    {
        WalkPosition? stoppedAt = null;
        using var failing = CancellationTokenSource.CreateLinkedTokenSource(abandoning);
        try
        {
            stoppedAt = await FeedAsync(failing);
        }
        catch (OperationCanceledException) when (!abandoning.IsCancellationRequested)
        {
            // A loop failed and ended the walk; its exception comes out below.
        }
        finally
        {
            _feed.End();
            await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(_loops);
        return stoppedAt;
    }

    /// <summary>
    /// At most two stretches are under way and not saved: while the last posts of one are waited for, the next keeps the sockets busy, and
    /// a crash repeats no more than a page.
    /// </summary>
    private async Task<WalkPosition?> FeedAsync(CancellationTokenSource failing)
    {
        Stretch? before = null;
        WalkPosition? stopAt = null;
        await foreach (var stretch in ReadStretchesAsync(failing.Token))
        {
            _feed.Add(stretch);
            while (_loops.Count < Math.Min(options.Concurrency, stretch.Count))
            {
                _loops.Add(Task.Run(() => PostAsync(failing), CancellationToken.None));
            }

            if (before is not null)
                await SaveAsync(before, failing.Token);
            before = stretch;
            if (IsWorthDividing(stretch.End))
            {
                stopAt = stretch.End;
                break;
            }
        }

        if (before is not null)
            await before.Done.WaitAsync(failing.Token);
        return stopAt;
    }

    /// <summary>
    /// Ids are spread evenly, so that one shard tells how large the room is. Two shards at least must be left, or there is nothing to share.
    /// </summary>
    private bool IsWorthDividing(WalkPosition next) => scope.Shard is null
        && _seen.Rows > options.DivideAbove / RegistryTables.ShardsPerRoom
        && next.Shard < RegistryTables.ShardsPerRoom - 1;

    private async Task SaveAsync(Stretch stretch, CancellationToken abandoning)
    {
        await stretch.Done.WaitAsync(abandoning);
        await deliveries.SaveAsync(stretch.End, abandoning);
    }

    /// <summary>Of one size, wherever the pages end: those of a small room's shards hold a connection or two.</summary>
    private async IAsyncEnumerable<Stretch> ReadStretchesAsync([EnumeratorCancellation] CancellationToken abandoning)
    {
        var size = options.StretchSize;
        var gathered = new List<Connection>(size);
        await foreach (var page in pages.ReadPagesAsync(scope, from, abandoning))
        {
            _seen = (page.Shard, page.Connections.Count + (_seen.Shard == page.Shard ? _seen.Rows : 0));
            for (var taken = 0; taken < page.Connections.Count;)
            {
                var more = page.Connections.Skip(taken).Take(size - gathered.Count).ToList();
                gathered.AddRange(more);
                taken += more.Count;
                if (gathered.Count == size)
                {
                    var end = taken == page.Connections.Count ? page.Next : new WalkPosition(page.Shard, gathered[^1].Id);
                    yield return new Stretch(gathered, end);
                    gathered = new List<Connection>(size);
                }
            }
        }

        if (gathered.Count > 0)
            yield return new Stretch(gathered, scope.End);
    }

    private async Task PostAsync(CancellationTokenSource failing)
    {
        try
        {
            while (true)
            {
                if (_feed.TryTake(out var connection, out var more) is { } stretch)
                {
                    await deliveries.DeliverAsync(connection, failing.Token);
                    stretch.CountDone();
                }
                else if (more is not null)
                {
                    await more.WaitAsync(failing.Token);
                }
                else
                {
                    return;
                }
            }
        }
        catch
        {
            await failing.CancelAsync();
            throw;
        }
    }
}
