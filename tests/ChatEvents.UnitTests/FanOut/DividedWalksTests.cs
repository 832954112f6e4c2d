using System.Net;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Division;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>A room that is too large for one worker.</summary>
public sealed class DividedWalksTests
{
    private const int DivideAbove = 800;

    [Theory(Timeout = 60_000)]
    [InlineData(400, false)]
    [InlineData(2_000, true)]
    public async Task Only_a_large_room_is_divided_and_everybody_gets_the_message_once(int count, bool isDivided)
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(count);

        await ConsumeAsync(fanOut, "m1", "hello");

        Assert.Equal(isDivided, fanOut.Sqs.SentTo(QueueNames.Walks).Any());
        Assert.Equal(ids.Order(), fanOut.Gateway.Requests.Select(request => request.ConnectionId).Order());
        Assert.Contains(fanOut.Logs.Lines, line => line.StartsWith($"Information: Delivered m1 to {count} connections", StringComparison.Ordinal));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(13, 3)]
    [InlineData(14, 2)]
    [InlineData(15, 0)]
    public async Task A_room_is_divided_only_while_at_least_two_shards_are_left(int largeShard, int divided)
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        var ids = Enumerable.Range(0, int.MaxValue).Select(number => $"{number}=")
            .Where(id => RegistryTables.ShardOf(id) == largeShard)
            .Take(2 * DivideAbove / RegistryTables.ShardsPerRoom)
            .ToList();
        foreach (var id in ids) fanOut.AddConnection(id, TimeSpan.FromHours(1));

        await ConsumeAsync(fanOut, "m1", "hello");

        Assert.Equal(divided, fanOut.Sqs.SentTo(QueueNames.Walks).Count());
        Assert.Equal(ids.Order(), fanOut.Gateway.Requests.Select(request => request.ConnectionId).Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_room_is_divided_without_waiting_for_pages_that_others_will_read()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await StartAsync(cancellation);
        var ids = fanOut.AddConnections(2_000);
        var asked = new HashSet<string>();
        fanOut.Rooms.OnQuery = async (query, abandoning) =>
        {
            bool isFirst;
            lock (asked) isFirst = asked.Add(query.ExpressionAttributeValues[":roomshard"].S);
            if (isFirst && asked.Count > 1) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, abandoning);
        };

        await ConsumeAsync(fanOut, "m1", "hello");

        Assert.Equal(ids.Order(), fanOut.Gateway.Requests.Select(request => request.ConnectionId).Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task Each_shard_goes_to_a_free_worker_and_the_next_message_waits_for_all_of_them()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var rooms = new RoomsInMemory();
        await using var one = await StartAsync(cancellation, rooms);
        await using var other = await StartAsync(cancellation, rooms);
        one.HoldsEventsBack = true;
        var ids = one.AddConnections(2_000);

        var first = one.ConsumeAsync("m1", "1");
        var second = one.ConsumeAsync("m2", "2");
        await Patiently.UntilAsync("all shards to be sent", () => one.Sqs.SentTo(QueueNames.Walks).Count() >= RegistryTables.ShardsPerRoom, cancellation);
        var shards = one.Sqs.SentTo(QueueNames.Walks).ToList();
        await Task.WhenAll(shards.Select((shard, index) => (index % 2 == 0 ? one : other).ConsumeAsync(shard)));
        Assert.False(first.IsCompleted);

        one.HoldsEventsBack = false;
        await one.PassTimeUntilAsync(() => first.IsCompleted && second.IsCompleted);
        await Task.WhenAll(first, second);

        Assert.All(ids, id =>
        {
            var got = other.Gateway.DeliveredTo(id).Concat(one.Gateway.DeliveredTo(id)).ToList();
            Assert.Equal(["Echo: 1", "Echo: 2"], got);
        });
        Assert.NotEmpty(other.Gateway.Requests);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_room_that_shrinks_below_the_limit_keeps_its_order()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(2_000);

        await ConsumeAsync(fanOut, "m1", "1");
        foreach (var id in ids.Skip(300)) fanOut.Rooms.Remove(Room.Everyone, id);
        await ConsumeAsync(fanOut, "m2", "2");

        Assert.Equal(RegistryTables.ShardsPerRoom, fanOut.Sqs.SentTo(QueueNames.Walks).Count());
        Assert.All(ids.Take(300), id => Assert.Equal(["Echo: 1", "Echo: 2"], fanOut.Gateway.DeliveredTo(id)));
    }

    [Fact(Timeout = 60_000)]
    public async Task When_the_worker_that_divided_is_killed_the_next_sends_only_the_shards_that_are_not_done()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var rooms = new RoomsInMemory();
        var reached = new List<string>();
        IReadOnlyList<string> ids;
        await using (var killed = await StartAsync(cancellation, rooms))
        {
            killed.HoldsEventsBack = true;
            ids = killed.AddConnections(2_000);
            using var kill = new CancellationTokenSource();
            var consuming = killed.ConsumeAsync("m1", "1", kill: kill);
            await Patiently.UntilAsync("all shards to be sent", () => killed.Sqs.SentTo(QueueNames.Walks).Count() >= RegistryTables.ShardsPerRoom, cancellation);
            foreach (var shard in killed.Sqs.SentTo(QueueNames.Walks).Take(10)) await killed.ConsumeAsync(shard);
            await kill.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);
            reached.AddRange(killed.Gateway.Requests.Select(request => request.ConnectionId));
        }

        await using var next = await StartAsync(cancellation, rooms);
        await ConsumeAsync(next, "m1", "1", isRedelivered: true);

        Assert.Equal(RegistryTables.ShardsPerRoom - 10, next.Sqs.SentTo(QueueNames.Walks).Count());
        Assert.Equal(ids.Order(), reached.Concat(next.Gateway.Requests.Select(request => request.ConnectionId)).Order());
        Assert.Contains(next.Logs.Lines, line => line.StartsWith("Information: Delivered m1 to 2000 connections", StringComparison.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_shard_that_no_worker_can_walk_sends_the_message_back_and_is_walked_when_it_is_redelivered()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await StartAsync(cancellation);
        fanOut.HoldsEventsBack = true;
        var ids = fanOut.AddConnections(2_000);

        var consuming = fanOut.ConsumeAsync("m1", "1");
        await Patiently.UntilAsync("all shards to be sent", () => fanOut.Sqs.SentTo(QueueNames.Walks).Count() >= RegistryTables.ShardsPerRoom, cancellation);
        var last = fanOut.Sqs.SentTo(QueueNames.Walks).Last();
        fanOut.Rooms.OnQuery = (_, _) => Task.FromException(new ProvisionedThroughputExceededException("slow down"));
        await Assert.ThrowsAsync<ProvisionedThroughputExceededException>(() => fanOut.ConsumeAsync(last, receiveCount: 5));
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted);
        await Assert.ThrowsAsync<WalkGivenUpException>(() => consuming);

        fanOut.Rooms.OnQuery = (_, _) => Task.CompletedTask;
        fanOut.HoldsEventsBack = false;
        await ConsumeAsync(fanOut, "m1", "1", isRedelivered: true);
        Assert.All(ids, id => Assert.Equal(["Echo: 1"], fanOut.Gateway.DeliveredTo(id)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_is_forbidden_in_all_shards_does_not_count_as_delivered()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await StartAsync(cancellation);
        fanOut.HoldsEventsBack = true;
        fanOut.AddConnections(2_000);

        var consuming = fanOut.ConsumeAsync("m1", "1");
        await Patiently.UntilAsync("all shards to be sent", () => fanOut.Sqs.SentTo(QueueNames.Walks).Count() >= RegistryTables.ShardsPerRoom, cancellation);
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.Forbidden, "AccessDeniedException");
        foreach (var shard in fanOut.Sqs.SentTo(QueueNames.Walks))
            await Assert.ThrowsAsync<PostingForbiddenException>(() => fanOut.ConsumeAsync(shard, receiveCount: 5));

        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted);
        await Assert.ThrowsAsync<WalkGivenUpException>(() => consuming);
    }

    private static Task<FanOutUnderTest> StartAsync(CancellationToken cancellation, RoomsInMemory? rooms = null) =>
        FanOutUnderTest.StartAsync(cancellation, rooms, options => (options.PageSize, options.DivideAbove) = (20, DivideAbove));

    /// <summary>The worker that divided looks from time to time whether the shards are done.</summary>
    private static async Task ConsumeAsync(FanOutUnderTest fanOut, string messageId, string text, bool isRedelivered = false)
    {
        var consuming = fanOut.ConsumeAsync(messageId, text, isRedelivered: isRedelivered);
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted);
        await consuming;
    }
}
