using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rendering;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>A room with clients of both dialects.</summary>
public sealed class DialectTests
{
    [Fact(Timeout = 60_000)]
    public async Task Each_client_hears_a_message_in_its_own_dialect()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken, configure: options => options.Template = "{user} ({seq}): {message}");
        fanOut.AddConnection("plain=", TimeSpan.FromHours(1));
        fanOut.AddConnection("json=", TimeSpan.FromHours(1), dialect: Dialect.Json);
        var epoch = await FirstEpochAsync(fanOut);

        await fanOut.ConsumeAsync(Posted(fanOut) with { User = "ada", Name = "Ada \"A\"", Message = "hi\n\u2028\ud83d\udc4b", Data = """{"a": [1,null]}""" });

        Assert.Equal("Ada \"A\" (2): hi\n\u2028\ud83d\udc4b", fanOut.Gateway.DeliveredTo("plain=").Last());
        Assert.Equal(
            $"{{\"type\":\"message\",\"room\":\"everyone\",\"epoch\":\"{epoch}\",\"seq\":2,\"messageId\":\"m=\""
            + ",\"from\":{\"user\":\"ada\",\"name\":\"Ada \\\"A\\\"\"},\"at\":\""
            + $"{fanOut.Time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ}"
            + "\",\"message\":\"hi\\n\u2028\ud83d\udc4b\",\"data\":{\"a\": [1,null]}}",
            fanOut.Gateway.DeliveredTo("json=").Last());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("ada", "Ada", null, null, """{"user":"ada","name":"Ada"}""", "Ada")]
    [InlineData("ada", null, null, null, """{"user":"ada"}""", "ada")]
    [InlineData(null, null, "guest-3fk2a9", null, """{"guest":"guest-3fk2a9"}""", "guest-3fk2a9")]
    [InlineData(null, null, null, "billing", """{"server":"billing"}""", "billing")]
    [InlineData(null, null, null, null, "{}", "")]
    public async Task A_message_says_who_it_is_from(string? user, string? name, string? guest, string? server, string from, string shown)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken, configure: options => options.Template = "{user}");
        fanOut.AddConnection("plain=", TimeSpan.FromHours(1));
        fanOut.AddConnection("json=", TimeSpan.FromHours(1), dialect: Dialect.Json);

        await fanOut.ConsumeAsync(Posted(fanOut) with { User = user, Name = name, Guest = guest, Server = server });

        Assert.Equal(shown, Assert.Single(fanOut.Gateway.DeliveredTo("plain=")));
        using var json = JsonDocument.Parse(Assert.Single(fanOut.Gateway.DeliveredTo("json=")));
        Assert.Equal(from, json.RootElement.GetProperty("from").GetRawText());
        Assert.False(json.RootElement.TryGetProperty("data", out _));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(Dialect.Plain)]
    [InlineData(Dialect.Json)]
    public async Task What_comes_late_or_was_missed_is_the_same_to_the_byte(Dialect dialect)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken, configure: options => options.Template = "{connectionId} {user} {seq} {postedAt} {message}");
        var arrivedAt = fanOut.Time.GetUtcNow();
        fanOut.AddConnection("there=", TimeSpan.FromHours(1), dialect: dialect);
        fanOut.AddConnection("new=", TimeSpan.FromSeconds(1), dialect: dialect);
        var isConnected = false;
        fanOut.Gateway.OnRequest = (request, _) => RecordingGateway.Answer(
            request.ConnectionId == "new=" && !isConnected ? System.Net.HttpStatusCode.Gone : System.Net.HttpStatusCode.OK);

        await fanOut.ConsumeAsync(Posted(fanOut) with { User = "ada", Data = "7" });
        isConnected = true;
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);
        await fanOut.ConsumeMissedAsync(new MessagesMissed
        {
            ConnectionId = "missed=",
            ConnectedAt = arrivedAt,
            CallbackEndpoint = "https://ws.example.com/prod",
            Room = Room.Everyone,
            Since = arrivedAt,
            Dialect = dialect,
        });

        var heard = Assert.Single(fanOut.Gateway.DeliveredTo("there="));
        Assert.Equal([heard], fanOut.Gateway.DeliveredTo("new="));
        Assert.Equal([heard], fanOut.Gateway.DeliveredTo("missed="));
    }

    [Fact(Timeout = 60_000)]
    public async Task However_many_connections_there_are_a_message_is_rendered_once_for_each_dialect_that_occurs()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var message = new RoomMessage(Posted(fanOut), new MessageFrames(MessageTemplate.Parse("{message}")))
        {
            Position = RecentMessages.PositionOf("1795261524518-3fk2a9", 7),
        };

        Assert.Same(message.For(Dialect.Plain), message.For(Dialect.Plain));
        Assert.Same(message.For(Dialect.Json), message.For(Dialect.Json));
        Assert.NotSame(message.For(Dialect.Plain), message.For(Dialect.Json));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(Dialect.Plain, """{"error":"Your message has 131""")]
    [InlineData(Dialect.Json, """{"type":"error","code":"too_large","error":"Your message has 131""")]
    public async Task A_message_that_is_too_large_is_for_nobody_and_its_sender_hears_so_in_its_own_dialect(Dialect dialect, string expected)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("a=", TimeSpan.FromHours(1), dialect: dialect);
        fanOut.AddConnection("listener=", TimeSpan.FromHours(1));

        await fanOut.ConsumeAsync(Posted(fanOut) with { Message = new string('x', Limits.MaxGatewayMessageBytes) });
        await fanOut.SendersToldAsync();

        Assert.Empty(fanOut.Gateway.DeliveredTo("listener="));
        Assert.Empty(fanOut.Rooms.LogOf(Room.Everyone));
        var told = Assert.Single(fanOut.Gateway.DeliveredTo("a="));
        Assert.StartsWith(expected, told, StringComparison.Ordinal);
        Assert.Contains("\"messageId\":\"m=\"", told, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_is_too_large_in_the_JSON_dialect_only_has_its_number_and_sender_there_and_is_whole_in_the_plain_one()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("plain=", TimeSpan.FromHours(1));
        fanOut.AddConnection("json=", TimeSpan.FromHours(1), dialect: Dialect.Json);
        var text = new string('\u0001', 32_768); // six bytes for each in JSON

        await fanOut.ConsumeAsync(Posted(fanOut) with { Message = text });

        Assert.Equal($"Echo: {text}", Assert.Single(fanOut.Gateway.DeliveredTo("plain=")));
        var frame = Assert.Single(fanOut.Gateway.DeliveredTo("json="));
        Assert.Contains("\"seq\":1,\"messageId\":\"m=\"", frame, StringComparison.Ordinal);
        Assert.EndsWith(",\"tooLarge\":true}", frame, StringComparison.Ordinal);
        Assert.DoesNotContain("\"message\":", frame, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_of_the_JSON_dialect_over_its_limit_hears_when_to_send_again()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("a=", TimeSpan.FromHours(1), dialect: Dialect.Json);

        for (var number = 0; number < 30; number++) await fanOut.ConsumeAsync(Posted(fanOut) with { MessageId = $"m{number}=", Guest = "guest-abc234" });
        await fanOut.SendersToldAsync();

        Assert.Equal(
            """{"type":"error","code":"rate_limited","error":"You send more than 10 messages a second; this one was not delivered. Wait a second.","messageId":"m20=","retryAfter":1}""",
            Assert.Single(fanOut.Gateway.DeliveredTo("a="), text => text.Contains("error", StringComparison.Ordinal)));
    }

    private static async Task<string> FirstEpochAsync(FanOutUnderTest fanOut)
    {
        await fanOut.ConsumeAsync("first=", "hello");
        return Assert.Single(fanOut.Rooms.MessagesOf(Room.Everyone))[RecentMessages.Epoch].S;
    }

    private static MessagePosted Posted(FanOutUnderTest fanOut) => new()
    {
        MessageId = "m=",
        ConnectionId = "a=",
        Room = Room.Everyone,
        Message = "hello",
        PostedAt = fanOut.Time.GetUtcNow(),
    };
}
