using System.Net;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Senders;
using ChatEvents.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>Ten messages a second and twenty at once, for each sender; docs/limits.md.</summary>
public sealed class SenderLimitTests
{
    private readonly FakeTime _time = new();
    private readonly SenderLimits _limits;
    private int _sent;

    public SenderLimitTests() => _limits = new SenderLimits(Options.Create(new LimitOptions()), _time);

    [Fact]
    public void Twenty_messages_may_come_at_once_and_ten_in_each_second_after()
    {
        Assert.Equal(20, Delivered(100));
        Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(10, Delivered(100));
        Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(20, Delivered(100));
    }

    [Fact]
    public void It_counts_when_frames_were_received_and_not_when_they_are_read()
    {
        var begin = _time.GetUtcNow();
        Pass(TimeSpan.FromMinutes(10)); // an outage, in which they waited

        Assert.All(
            Enumerable.Range(0, 600),
            tenth => Assert.Equal(SenderVerdict.Delivered, Judge(at: begin + (tenth * TimeSpan.FromSeconds(0.1)))));
    }

    [Fact]
    public void A_user_has_one_limit_over_all_connections_and_guests_one_for_each()
    {
        Assert.Equal(20, Delivered(30, connection: "a=", user: "ada") + Delivered(30, connection: "b=", user: "ada"));
        Assert.Equal(40, Delivered(30, connection: "c=") + Delivered(30, connection: "d="));
    }

    [Fact]
    public void One_sender_costs_no_other_one_anything()
    {
        Delivered(1_000, connection: "a=");

        Assert.Equal(20, Delivered(20, connection: "b="));
    }

    [Fact]
    public void Users_cost_each_other_nothing_in_rooms_nor_in_direct_messages()
    {
        foreach (var (user, to) in (ReadOnlySpan<(string, string)>)[("ada", "bob"), ("bob", "ada")])
        {
            var copy = Posted() with { User = user, Guest = null, To = to, Room = UserId.RoomOf(user) };
            Assert.Equal(20, Enumerable.Range(0, 30).Count(_ => _limits.Judge(copy) == SenderVerdict.Delivered));
            Assert.Equal(20, Delivered(30, user: user));
        }
    }

    [Fact]
    public void Both_sides_of_direct_messages_are_counted_each_for_itself()
    {
        var copy = Posted() with { User = "ada", Guest = null, To = "bob", Room = "@ada" };
        var message = copy with { Room = "@bob" };

        Assert.Equal(20, Enumerable.Range(0, 30).Count(_ => _limits.Judge(message) == SenderVerdict.Delivered));
        Assert.Equal(20, Enumerable.Range(0, 30).Count(_ => _limits.Judge(copy) == SenderVerdict.Delivered));
    }

    [Fact]
    public void Servers_which_are_neither_users_nor_guests_have_no_limit() => Assert.All(
        Enumerable.Range(0, 10_000), _ => Assert.Equal(SenderVerdict.Delivered, _limits.Judge(Posted() with { Guest = null })));

    [Fact]
    public void A_sender_over_the_limit_is_told_once_a_second()
    {
        Delivered(20);

        Assert.Equal(SenderVerdict.Told, Judge());
        Assert.All(Enumerable.Range(0, 70), _ => Assert.Equal(SenderVerdict.Refused, Judge()));
        Pass(TimeSpan.FromSeconds(1));
        Delivered(10);
        Assert.Equal(SenderVerdict.Told, Judge());
    }

    [Fact]
    public void Who_goes_on_at_ten_times_the_limit_for_ten_seconds_is_disconnected()
    {
        for (var second = 0; second < 10; second++)
        {
            Assert.DoesNotContain(SenderVerdict.Disconnected, Flood(100));
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Single(Flood(100), SenderVerdict.Disconnected);
    }

    [Fact]
    public void Who_sends_as_much_in_less_time_is_disconnected_as_soon_as_it_goes_on()
    {
        for (var second = 0; second < 4; second++)
        {
            Assert.DoesNotContain(SenderVerdict.Disconnected, Flood(250));
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(SenderVerdict.Disconnected, _limits.Judge(Posted() with { Shed = 1 }));
        Assert.DoesNotContain(SenderVerdict.Disconnected, Flood(100));
    }

    [Fact]
    public void Who_floods_is_not_forgotten_because_others_send_meanwhile()
    {
        for (var second = 0; second < 10; second++)
        {
            Flood(100);
            Delivered(1, connection: "b=");
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Single(Flood(100), SenderVerdict.Disconnected);
    }

    [Fact]
    public void What_the_function_has_shed_counts_too()
    {
        for (var second = 0; second < 10; second++)
        {
            Assert.All(Enumerable.Range(0, 20), _ => Assert.NotEqual(SenderVerdict.Disconnected, _limits.Judge(Posted() with { Shed = 4 })));
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Contains(SenderVerdict.Disconnected, Enumerable.Range(0, 20).Select(_ => _limits.Judge(Posted() with { Shed = 4 })).ToList());
    }

    [Fact]
    public void Who_floods_is_disconnected_although_the_function_lets_through_no_more_than_are_delivered()
    {
        var verdicts = new List<SenderVerdict>();
        for (var tenth = 0; tenth < 100; tenth++)
        {
            Assert.Equal(SenderVerdict.Delivered, _limits.Judge(Posted() with { Shed = 9 }));
            Pass(TimeSpan.FromSeconds(0.1));
        }

        for (var tenth = 0; tenth < 100; tenth++)
        {
            verdicts.Add(_limits.Judge(Posted() with { Shed = 9 }));
            Pass(TimeSpan.FromSeconds(0.1));
        }

        Assert.Equal(SenderVerdict.Disconnected, verdicts[0]);
        Assert.Single(verdicts, SenderVerdict.Disconnected);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public void Who_stops_flooding_and_says_one_thing_is_not_disconnected(int? shed)
    {
        for (var tenth = 0; tenth < 100; tenth++)
        {
            Assert.Equal(SenderVerdict.Delivered, _limits.Judge(Posted() with { Shed = 9 }));
            Pass(TimeSpan.FromSeconds(0.1));
        }

        Assert.Equal(SenderVerdict.Delivered, _limits.Judge(Posted() with { Shed = shed }));
    }

    [Theory]
    [InlineData(99, 100)]
    [InlineData(100, 90)]
    public void Less_or_not_for_so_long_is_only_refused(int most, int least)
    {
        for (var second = 0; second < 40; second++)
        {
            Assert.DoesNotContain(SenderVerdict.Disconnected, Flood(second % 9 == 8 ? least - 1 : most));
            Pass(TimeSpan.FromSeconds(1));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_over_the_limit_is_neither_delivered_nor_logged_and_its_sender_hears_so()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation, configure: options => options.CallbackEndpoint = "https://ws.example.com/prod");
        fanOut.AddConnection("a=", TimeSpan.FromHours(1));
        fanOut.AddConnection("listener=", TimeSpan.FromHours(1));

        for (var number = 0; number < 50; number++) await fanOut.ConsumeAsync(Posted() with { PostedAt = fanOut.Time.GetUtcNow() });
        await fanOut.SendersToldAsync();

        Assert.Equal(20, fanOut.Gateway.DeliveredTo("listener=").Count());
        Assert.Equal(20, fanOut.Rooms.LogOf(Room.Everyone).Count);
        Assert.Equal(
            """{"error":"You send more than 10 messages a second; this one was not delivered. Wait a second.","messageId":"m20="}""",
            Assert.Single(fanOut.Gateway.DeliveredTo("a="), text => text.StartsWith('{')));
        Assert.Contains("Information: a= sends more messages than its sender may; they are not delivered", fanOut.Logs.Lines);
    }

    [Fact(Timeout = 60_000)]
    public async Task Senders_who_do_not_read_what_they_are_told_slow_nobody_down()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var rate = fanOut.Services.GetRequiredService<PostRate>();
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.TooManyRequests);
        foreach (var id in (string[])["a=", "b=", "c="])
        {
            fanOut.AddConnection(id, TimeSpan.FromHours(1));
            fanOut.Services.GetRequiredService<SenderFrames>().Tell(Posted() with { ConnectionId = id }, new(ErrorCode.RateLimited, "Wait."));
        }

        await fanOut.SendersToldAsync();
        fanOut.Time.Advance(PostRate.Window);
        await fanOut.Services.GetRequiredService<PostPacer>().TakeAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, fanOut.Gateway.Requests.Count);
        Assert.False(rate.IsHeldBack);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_sender_who_cannot_be_looked_up_is_not_told_and_the_next_one_is()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("a=", TimeSpan.FromHours(1));
        var frames = fanOut.Services.GetRequiredService<SenderFrames>();
        fanOut.Rooms.OnFind = _ => Task.FromException(new InvalidOperationException("The table is away."));
        frames.Tell(Posted(), new(ErrorCode.RateLimited, "Wait."));
        await fanOut.SendersToldAsync();
        fanOut.Rooms.OnFind = _ => Task.CompletedTask;
        frames.Tell(Posted(), new(ErrorCode.RateLimited, "Wait."));
        await fanOut.SendersToldAsync();

        Assert.Single(fanOut.Gateway.DeliveredTo("a="));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_is_redelivered_is_not_counted_again()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("listener=", TimeSpan.FromHours(1));
        for (var number = 0; number < 20; number++) await fanOut.ConsumeAsync(Posted() with { PostedAt = fanOut.Time.GetUtcNow() });

        await fanOut.ConsumeAsync(Posted() with { PostedAt = fanOut.Time.GetUtcNow() }, isRedelivered: true);

        Assert.Equal(21, fanOut.Gateway.DeliveredTo("listener=").Count());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_flooding_connection_is_told_and_closed()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("a=", TimeSpan.FromHours(1));
        for (var second = 0; second <= 10; second++)
        {
            for (var number = 0; number < 100; number++) await fanOut.ConsumeAsync(Posted() with { PostedAt = fanOut.Time.GetUtcNow() });
            fanOut.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await fanOut.SendersToldAsync();

        Assert.Equal("a=", Assert.Single(fanOut.Gateway.Requests, request => request.Method == HttpMethod.Delete).ConnectionId);
        Assert.Contains(fanOut.Gateway.DeliveredTo("a="), text => text.Contains("You are disconnected", StringComparison.Ordinal));
        Assert.Contains("Warning: Disconnected a=, which went on at many times the limit of messages (Delivered)", fanOut.Logs.Lines);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_of_an_hour_ago_goes_to_the_log_of_its_room_and_to_no_socket()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(3);
        var posted = Posted() with { PostedAt = fanOut.Time.GetUtcNow() };

        fanOut.Time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(1));
        await fanOut.ConsumeAsync(posted);
        Assert.Empty(fanOut.Gateway.Requests);
        Assert.Single(fanOut.Rooms.LogOf(Room.Everyone));

        fanOut.AddConnections(3); // the rows of those before have expired
        await fanOut.ConsumeAsync(Posted() with { PostedAt = fanOut.Time.GetUtcNow() - TimeSpan.FromHours(1) });
        Assert.Equal(3, fanOut.Gateway.Requests.Count);
    }

    private MessagePosted Posted() => new()
    {
        MessageId = $"m{_sent++}=",
        ConnectionId = "a=",
        Guest = "guest-abc234",
        Room = Room.Everyone,
        Message = "hello",
        PostedAt = _time.GetUtcNow(),
    };

    private SenderVerdict Judge(DateTimeOffset? at = null) => _limits.Judge(Posted() with { PostedAt = at ?? _time.GetUtcNow() });

    private List<SenderVerdict> Flood(int messages) => [.. Enumerable.Range(0, messages).Select(_ => Judge())];

    private int Delivered(int messages, string connection = "a=", string? user = null) => Enumerable.Range(0, messages).Count(_ =>
        _limits.Judge(Posted() with { ConnectionId = connection, User = user, Guest = user is null ? "guest-abc234" : null }) == SenderVerdict.Delivered);

    private void Pass(TimeSpan time) => _time.Advance(time);
}
