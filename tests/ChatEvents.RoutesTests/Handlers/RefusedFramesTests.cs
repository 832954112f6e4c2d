using ChatEvents.Routes;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>Who is refused hundreds of frames gains nothing by connecting again; docs/limits.md.</summary>
public sealed class RefusedFramesTests
{
    private const string Address = "203.0.113.7"; // of Events.Connect
    private readonly FakeTime _time = new();

    [Fact]
    public void An_address_of_which_two_hundred_frames_were_refused_is_shut_for_ten_seconds_after_the_last_one_too_many()
    {
        var refused = new RefusedFrames(_time);
        Count(refused, 200);
        Assert.False(refused.AreTooManyFrom(Address));
        Count(refused, 1);
        Assert.True(refused.AreTooManyFrom(Address));
        Assert.False(refused.AreTooManyFrom("198.51.100.7"));

        _time.Advance(TimeSpan.FromSeconds(9));
        Count(refused, 9 * 20 + 1);
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.True(refused.AreTooManyFrom(Address));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.False(refused.AreTooManyFrom(Address));
    }

    [Fact]
    public void Twenty_frames_a_second_may_be_refused_for_ever()
    {
        var refused = new RefusedFrames(_time);
        for (var second = 0; second < 1_000; second++)
        {
            Count(refused, 20);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(refused.AreTooManyFrom(Address));
    }

    [Fact]
    public void Ever_new_addresses_cost_no_more_memory()
    {
        var refused = new RefusedFrames(_time);
        for (var address = 0; address < 12_000; address++) Count(refused, 1, $"{address}");
        Count(refused, 201);

        Assert.True(refused.AreTooManyFrom(Address));
    }

    [Fact(Timeout = 30_000)]
    public async Task No_connection_is_accepted_from_an_address_that_is_shut_and_none_of_its_events_is_sent()
    {
        await using var connect = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken, time: _time);
        Count(connect.Clients.Refused, 201);

        for (var handshake = 0; handshake < 5; handshake++)
            Assert.Equal(429, (int?)(await connect.InvokeAsync(Events.Connect()))["statusCode"]);
        Assert.Empty(connect.Sqs.Sent);
        Assert.Single(connect.Log.Lines, line => line.Contains("too many frames from there were refused", StringComparison.Ordinal));

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(200, (int?)(await connect.InvokeAsync(Events.Connect()))["statusCode"]);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_connection_sends_too_often_or_where_it_is_not_counts()
    {
        await using var function = await RunningFunction.StartAsync(
            "onMessage",
            TestContext.Current.CancellationToken,
            new RouteSettings { MessagesPerSecond = 1, MembershipPatience = TimeSpan.Zero },
            _time);
        Count(function.Clients.Refused, 180);

        for (var message = 0; message < 20; message++) Assert.Equal(400, await PostAsync("nowhere"));
        Assert.False(function.Clients.Refused.AreTooManyFrom(Address));
        Assert.Equal(429, await PostAsync("everyone")); // told
        Assert.Equal(200, await PostAsync("everyone")); // not told again
        Assert.True(function.Clients.Refused.AreTooManyFrom(Address));

        async Task<int?> PostAsync(string room) => (int?)(await function.InvokeAsync(
            Events.Message("onMessage", $$"""{"action":"onMessage","room":"{{room}}","message":"hi"}""")))["statusCode"];
    }

    private static void Count(RefusedFrames refused, int frames, string address = Address)
    {
        for (var frame = 0; frame < frames; frame++) refused.CountOneFrom(address);
    }
}
