using System.Runtime.CompilerServices;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// One way through all connections of a room with some messages. Many connections are posted to at once; each gets the messages in
/// order. What is not delivered by the first post is left to <see cref="LateDeliveries"/>.
/// </summary>
public sealed class RoomWalk(
    string room,
    WalkPosition from,
    IReadOnlyList<MessageTally> messages,
    RoomPages pages,
    FirstPosts posts,
    RecentLog recent,
    Newcomers newcomers,
    WalkProgress progress,
    FanOutOptions options)
{
    private readonly WalkFeed _feed = new();
    private readonly List<Task> _loops = [];

    public async Task RunAsync(CancellationToken abandoning)
    {
        // Before the first page is read: whoever comes too late for that page finds the messages in the log.
        await recent.WriteAsync(messages, abandoning);
        using var failing = CancellationTokenSource.CreateLinkedTokenSource(abandoning);
        try
        {
            await FeedAsync(failing);
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
    }

    /// <summary>
    /// At most two stretches, half a page each, are under way and not saved: while the last posts of one are waited for, the next keeps
    /// the sockets busy, and a crash repeats no more than a page.
    /// </summary>
    private async Task FeedAsync(CancellationTokenSource failing)
    {
        Stretch? before = null;
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
        }

        // The end is not saved: when the walk is over, the messages are deleted from their queue.
        if (before is not null)
            await before.Done.WaitAsync(failing.Token);
    }

    private async Task SaveAsync(Stretch stretch, CancellationToken abandoning)
    {
        await stretch.Done.WaitAsync(abandoning);
        await progress.SaveAsync(messages, stretch.End, abandoning);
    }

    /// <summary>Half a page each, wherever the pages end: those of a small room's shards hold a connection or two.</summary>
    private async IAsyncEnumerable<Stretch> ReadStretchesAsync([EnumeratorCancellation] CancellationToken abandoning)
    {
        var size = options.PageSize / 2;
        var gathered = new List<Connection>(size);
        await foreach (var page in pages.ReadPagesAsync(room, from, abandoning))
        {
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
            yield return new Stretch(gathered, WalkPosition.End);
    }

    private async Task PostAsync(CancellationTokenSource failing)
    {
        try
        {
            while (true)
            {
                if (_feed.TryTake(out var connection, out var more) is { } stretch)
                {
                    await DeliverAsync(connection, failing.Token);
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

    private async ValueTask DeliverAsync(Connection connection, CancellationToken abandoning)
    {
        foreach (var tally in messages)
        {
            if (newcomers.TryWalk(room, connection, tally.Position))
                await posts.DeliverAsync(connection, tally, abandoning);
        }
    }
}
