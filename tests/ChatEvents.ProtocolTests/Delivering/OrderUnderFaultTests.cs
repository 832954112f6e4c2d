using ChatEvents.Contracts;
using ChatEvents.FanOut;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>Whatever the gateway does to single posts, a connection sees a room's messages as they were queued.</summary>
public sealed class OrderUnderFaultTests(EmulatorsFixture emulators)
{
    private const int Messages = 25;

    [Theory(Timeout = 120_000)]
    [InlineData(1, PostingClient.Http, HttpChoice.Http1)]
    [InlineData(2, PostingClient.Http, HttpChoice.Http2)]
    [InlineData(3, PostingClient.Sdk, HttpChoice.Http1)]
    public async Task Errors_refusals_and_hangs_at_random_change_nothing_about_the_order(int seed, PostingClient client, HttpChoice http)
    {
        await using var system = await FanOutSystem.StartAsync(
            emulators, TestContext.Current.CancellationToken,
            options =>
            {
                (options.Faults.ErrorRate, options.Faults.HangRate, options.Faults.Seed) = (0.1, 0.01, seed);
                (options.Throttle.RequestsPerSecond, options.Throttle.Burst) = (600, 100);
            },
            http: http);
        var clients = await system.ConnectAsync(40, Room.Everyone, "blue");
        await system.StartWorkerAsync(
            ("FanOut:Client", $"{client}"),
            ("FanOut:Attempts", "20"),
            ("FanOut:RetryDelay", "00:00:00.020"),
            ("FanOut:MaxRetryDelay", "00:00:00.500"),
            ("FanOut:PostTimeout", "00:00:00.500"),
            ("FanOut:PageSize", "10"));

        for (var message = 0; message < Messages; message++)
        {
            await system.SayAsync($"everyone {message:00}");
            await system.SayAsync($"blue {message:00}", "blue");
        }

        await FanOutSystem.UntilReceivedAsync(clients, 2 * Messages);
        Assert.All(clients, client => Assert.Equal(Expected("everyone"), Of(client, "everyone")));
        Assert.All(clients, client => Assert.Equal(Expected("blue"), Of(client, "blue")));

        static IEnumerable<string> Expected(string room) => Enumerable.Range(0, Messages).Select(message => $"Echo: {room} {message:00}");

        // An answer that was lost on its way back makes a repeat at once; nothing else may repeat, or go back in the order.
        static IEnumerable<string> Of(GatewayClient client, string room)
        {
            var ofRoom = client.Received.Where(text => text.Contains(room, StringComparison.Ordinal)).ToList();
            return ofRoom.Where((text, index) => index == 0 || text != ofRoom[index - 1]);
        }
    }
}
