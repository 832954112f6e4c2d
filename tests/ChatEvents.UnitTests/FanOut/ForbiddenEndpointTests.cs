using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>Posts are signed with the worker's credentials, so that a row must not be able to send them just anywhere.</summary>
public sealed class ForbiddenEndpointTests
{
    [Fact(Timeout = 30_000)]
    public async Task Nothing_is_posted_to_an_endpoint_that_is_not_allowed_and_others_get_the_message()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(30);
        foreach (var number in Enumerable.Range(0, 30)) Add(fanOut, $"elsewhere{number}=", "https://evil.example/prod");

        await fanOut.ConsumeAsync("m1=", "one");
        Assert.Equal(30, fanOut.Logs.Entries.Count(IsOfForbidden));
        await fanOut.ConsumeAsync("m2=", "two");

        Assert.All(ids, id => Assert.Equal(["Echo: one", "Echo: two"], fanOut.Gateway.DeliveredTo(id)));
        Assert.Equal(60, fanOut.Gateway.Requests.Count);
        Assert.Equal(30, fanOut.Logs.Entries.Count(IsOfForbidden)); // once an hour for each

        static bool IsOfForbidden(LogEntry entry) => entry.Level == LogLevel.Error && entry.Text.Contains("evil.example", StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_an_event_names_is_not_allowed_either()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        await fanOut.ConsumeAsync("m1=", "one");
        var missed = new MessagesMissed
        {
            ConnectionId = "a=",
            ConnectedAt = fanOut.Time.GetUtcNow(),
            CallbackEndpoint = "https://evil.example/prod",
            Room = Room.Everyone,
            Since = fanOut.Time.GetUtcNow(),
        };

        await fanOut.ConsumeMissedAsync(missed);

        Assert.Empty(fanOut.Gateway.Requests);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_configured_endpoint_takes_the_place_of_all_others()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation, configure: options => options.CallbackEndpoint = "https://chat.example.com");
        Add(fanOut, "a=", "https://evil.example/prod");

        await fanOut.ConsumeAsync("m1=", "one");

        Assert.Equal(["Echo: one"], fanOut.Gateway.DeliveredTo("a="));
        Assert.Equal("chat.example.com", Assert.Single(fanOut.Gateway.Requests).Host);
    }

    private static void Add(FanOutUnderTest fanOut, string id, string endpoint) => fanOut.Rooms.Put(new()
    {
        [RegistryTables.RoomShard] = new(RegistryTables.RoomShardOf(Room.Everyone, RegistryTables.ShardOf(id))),
        [RegistryTables.ConnectionId] = new(id),
        [RegistryTables.CallbackEndpoint] = new(endpoint),
        [RegistryTables.ConnectedAt] = NumberAttribute.OfMilliseconds(fanOut.Time.GetUtcNow().AddHours(-1)),
        [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(fanOut.Time.GetUtcNow().AddHours(1)),
    });
}
