using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>What SQS delivers twice is heard once, whatever the reason: a lost delete, a second send, a redrive.</summary>
public sealed class RepeatedMessageTests
{
    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_comes_again_is_neither_heard_nor_logged_again(bool isRedelivered)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(5);

        await fanOut.ConsumeAsync("m1=", "one");
        await fanOut.ConsumeAsync("m2=", "two");
        await fanOut.ConsumeAsync("m1=", "one", isRedelivered: isRedelivered);
        await fanOut.ConsumeAsync("m3=", "three");

        Assert.All(ids, id => Assert.Equal(["Echo: one", "Echo: two", "Echo: three"], fanOut.Gateway.DeliveredTo(id)));
        Assert.Equal(3, fanOut.Rooms.LogOf(Room.Everyone).Count);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(System.Net.HttpStatusCode.OK, 1)]
    [InlineData(System.Net.HttpStatusCode.TooManyRequests, 14 * 24)]
    public async Task It_is_known_for_an_hour_and_where_somebody_is_late_for_as_long_as_SQS_keeps_it(System.Net.HttpStatusCode answer, int hours)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(1);
        fanOut.HoldsEventsBack = true;
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(answer);

        await fanOut.ConsumeAsync("m1=", "one");

        Assert.Equal(
            fanOut.Time.GetUtcNow().AddHours(hours).ToUnixTimeSeconds(), NumberAttribute.In(fanOut.Rooms.Progress["m1="][ProgressSchema.TimeToLive]));
    }

    [Fact(Timeout = 60_000)]
    public async Task Another_worker_knows_it_too()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var first = await FanOutUnderTest.StartAsync(cancellation);
        first.AddConnections(5);
        await first.ConsumeAsync("m1=", "one");

        await using var second = await FanOutUnderTest.StartAsync(cancellation, first.Rooms);
        await second.ConsumeAsync("m1=", "one");

        Assert.Empty(second.Gateway.Requests);
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_comes_beside_itself_is_heard_once()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(5);
        var posting = new TaskCompletionSource();
        var isPosting = new TaskCompletionSource();
        fanOut.Gateway.OnRequest = async (_, _) =>
        {
            isPosting.TrySetResult();
            await posting.Task;
            return await RecordingGateway.Answer(System.Net.HttpStatusCode.OK);
        };

        var first = fanOut.ConsumeAsync("m1=", "one");
        await isPosting.Task;
        var again = Task.WhenAll(fanOut.ConsumeAsync("m1=", "one"), fanOut.ConsumeAsync("m2=", "two"), fanOut.ConsumeAsync("m1=", "one"));
        posting.SetResult();
        await Task.WhenAll(first, again);

        Assert.All(ids, id => Assert.Equal(["Echo: one", "Echo: two"], fanOut.Gateway.DeliveredTo(id)));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_whose_walk_was_cut_short_goes_on_where_it_was()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(50);
        const int Passed = 8;
        fanOut.Rooms.Put(new()
        {
            [ProgressSchema.MessageId] = new("m1="),
            [ProgressSchema.Shard] = NumberAttribute.Of(Passed),
            [ProgressSchema.Outcomes] = new() { M = [] },
            [ProgressSchema.TimeToLive] = NumberAttribute.OfSeconds(fanOut.Time.GetUtcNow().AddDays(1)),
        });

        await fanOut.ConsumeAsync("m1=", "one"); // another message of SQS, as far as it knows

        Assert.Equal(
            ids.Where(id => RegistryTables.ShardOf(id) >= Passed).Order(),
            fanOut.Gateway.Requests.Select(request => request.ConnectionId).Order());
    }
}
