using System.Net;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.FanOut;

public sealed class FanOutMetersTests
{
    [Theory(Timeout = 60_000)]
    [InlineData("chatevents.posts", "{post}")]
    [InlineData("chatevents.post.duration", "s")]
    [InlineData("chatevents.posts.in_flight", "{post}")]
    [InlineData("chatevents.posts.waiting", "{post}")]
    [InlineData("chatevents.pages", "{page}")]
    [InlineData("chatevents.message.connections", "{connection}")]
    [InlineData("chatevents.message.delivery.duration", "s")]
    [InlineData("chatevents.message.undelivered", "{connection}")]
    [InlineData("chatevents.connections.late", "{connection}")]
    [InlineData("chatevents.connections.parked", "{connection}")]
    [InlineData("chatevents.rate", "{post}/s")]
    [InlineData("chatevents.messages.refused", "{message}")]
    [InlineData("chatevents.gateway.reachable", "1")]
    public async Task What_is_promised_to_be_measured_is_measured_in_its_unit(string name, string unit)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        using var meters = MetersOf(fanOut);
        _ = fanOut.IsIdle; // a worker makes all its parts at its start

        var instrument = Assert.Single(meters.Instruments, instrument => instrument.Name == name);
        Assert.Equal(unit, instrument.Unit);
        Assert.NotEmpty(instrument.Description!);
    }

    [Fact(Timeout = 60_000)]
    public async Task Posts_are_counted_by_outcome_and_never_by_connection()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(20);
        fanOut.AddConnection("gone=", TimeSpan.FromMinutes(5));
        fanOut.Gateway.OnRequest = (request, _) =>
            RecordingGateway.Answer(request.ConnectionId == "gone=" ? HttpStatusCode.Gone : HttpStatusCode.OK);
        using var meters = MetersOf(fanOut);

        await fanOut.ConsumeAsync("m1", "hello");

        Assert.Contains("Information: Delivered m1 to 20 connections of everyone in 0 ms (1 gone)", fanOut.Logs.Lines);
        Assert.Equal(20, meters.SumOf("chatevents.posts", "outcome=delivered"));
        Assert.Equal(1, meters.SumOf("chatevents.posts", "outcome=gone"));
        Assert.Equal(20, meters.ValuesOf("chatevents.post.duration", "outcome=delivered").Count);
        Assert.Equal(["outcome"], meters.TagNamesOf("chatevents.posts"));
        Assert.Equal(0, meters.Ask("chatevents.posts.in_flight"));
        Assert.True(meters.SumOf("chatevents.pages") > 0, "no page was counted");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_is_measured_once_by_its_connections_and_by_the_time_to_its_last_delivery()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(20);
        var clock = new Lock(); // posts are answered at once, and two moves of the clock at once would be one
        fanOut.Gateway.OnRequest = (request, _) =>
        {
            lock (clock) fanOut.Time.Advance(TimeSpan.FromMilliseconds(10));
            return RecordingGateway.Answer(HttpStatusCode.OK);
        };
        using var meters = MetersOf(fanOut);

        await fanOut.ConsumeAsync("m1", "hello");

        Assert.Equal([20.0], meters.ValuesOf("chatevents.message.connections"));
        Assert.InRange(Assert.Single(meters.ValuesOf("chatevents.message.delivery.duration")), 0.19, 0.21);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_does_not_read_is_parked_until_it_is_closed()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("slow=", TimeSpan.FromMinutes(5));
        fanOut.Gateway.OnRequest = (request, _) =>
            RecordingGateway.Answer(request.Method == HttpMethod.Post ? HttpStatusCode.TooManyRequests : HttpStatusCode.NoContent);
        using var meters = MetersOf(fanOut);

        var consuming = fanOut.ConsumeAsync("m1", "hello");
        await fanOut.PassTimeUntilAsync(() => meters.SumOf("chatevents.connections.parked") > 0);
        meters.AskGauges();
        Assert.Equal(1, meters.ValuesOf("chatevents.connections.late")[^1]);
        Assert.Equal(1_000_000, meters.ValuesOf("chatevents.rate")[^1]);

        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);
        await consuming;
        Assert.Equal(0, meters.SumOf("chatevents.connections.parked"));
        Assert.Equal(1, meters.SumOf("chatevents.message.undelivered"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Messages_that_nobody_gets_are_counted_by_reason()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        using var meters = MetersOf(fanOut);
        var posted = new MessagePosted
        {
            MessageId = "m=",
            ConnectionId = "a=",
            Guest = "guest-abc234",
            Room = "blue",
            Message = "hello",
            PostedAt = fanOut.Time.GetUtcNow(),
        };

        for (var number = 1; number <= 23; number++) await fanOut.ConsumeAsync(posted with { MessageId = $"m{number}=" });
        await fanOut.ConsumeAsync(posted with { Guest = null, Message = new string('x', Limits.MaxGatewayMessageBytes) });
        await fanOut.ConsumeAsync(posted with { Guest = null, PostedAt = posted.PostedAt.AddHours(-2) });

        Assert.Equal(3, meters.SumOf("chatevents.messages.refused", "reason=rate_limited"));
        Assert.Equal(1, meters.SumOf("chatevents.messages.refused", "reason=too_large"));
        Assert.Equal(1, meters.SumOf("chatevents.messages.refused", "reason=too_old"));
    }

    internal static RecordingMeters MetersOf(FanOutUnderTest fanOut) => new(instrument =>
        instrument.Meter.Name == FanOutMeters.Name && ReferenceEquals(instrument.Meter.Scope, fanOut.Meters));
}
