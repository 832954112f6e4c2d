using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.Testing;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>From the queue to the WebSockets, when all goes well and when nothing goes at all.</summary>
public sealed class DeliveryTests(EmulatorsFixture emulators)
{
    [Theory(Timeout = 60_000)]
    [InlineData(PostingClient.Http, HttpChoice.Http1)]
    [InlineData(PostingClient.Http, HttpChoice.Http2)]
    [InlineData(PostingClient.Sdk, HttpChoice.Http1)]
    public async Task A_message_reaches_every_connection_of_its_room_once_by_every_client(PostingClient client, HttpChoice http)
    {
        await using var system = await FanOutSystem.StartAsync(emulators, TestContext.Current.CancellationToken, http: http);
        var clients = await system.ConnectAsync(20, Room.Everyone, "blue");
        await system.StartWorkerAsync(("FanOut:Client", $"{client}"));

        await system.SayAsync("to everyone");
        await system.SayAsync("to blue", "blue");

        await FanOutSystem.UntilReceivedAsync(clients, 2);
        await system.UntilQueueIsEmptyAsync();
        Assert.All(clients, client => Assert.Equal(["Echo: to blue", "Echo: to everyone"], client.Received.Order()));
        Assert.Empty(system.Gateway.Errors);
    }

    // Over HTTP/1.1: with HTTP/2 one timer watches all posts, and nobody can tell by the clock when the last of them has begun.
    [Fact(Timeout = 60_000)]
    public async Task What_hangs_ends_by_its_time_limit_and_is_posted_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (time, limit) = (new FakeTime(), TimeSpan.FromSeconds(4));
        await using var system = await FanOutSystem.StartAsync(emulators, cancellation, options => options.Faults.HangRate = 1, time);
        var clients = await system.ConnectAsync(10);
        var worker = await system.StartWorkerAsync(("FanOut:PostTimeout", $"{limit}"));
        using var posts = new PostsUnderWay(worker);

        await system.SayAsync("1");
        await Patiently.UntilAsync("every post to hang", () => time.ArmedTimers.Count(dueIn => dueIn == limit) == clients.Count, cancellation);
        time.Advance(limit);
        await Patiently.UntilAsync(
            "the posts to be held, because the question whether the gateway is there ends by its limit, too",
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return system.Logs.Lines.Any(line => line.Contains("No post to the gateway", StringComparison.Ordinal));
            },
            cancellation);
        await system.InjectAsync(new { });

        // Time passes for the pauses only: a post that takes long on a machine under load would come to its limit, and be a repeat.
        await Patiently.UntilAsync(
            "the message at every client",
            () =>
            {
                if (!posts.AreThere) time.Advance(TimeSpan.FromMilliseconds(100));
                return clients.All(client => client.Received.Count > 0);
            },
            cancellation);
        Assert.All(clients, client => Assert.Equal(["Echo: 1"], client.Received));
    }
}
