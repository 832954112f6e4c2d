using ChatEvents.Contracts;
using ChatEvents.FanOut;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>A message that its sender or a moderator takes back keeps its number, and nothing else.</summary>
public sealed class RemovedMessageTests
{
    [Fact(Timeout = 60_000)]
    public async Task Its_sender_can_remove_it_and_clients_of_the_JSON_dialect_hear_so_in_order()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        await fanOut.ConsumeAsync(Posted(fanOut, "m1="));
        await fanOut.ConsumeAsync(Posted(fanOut, "m2="));

        await fanOut.ConsumeAsync(Removal(fanOut, seq: 1));
        await fanOut.ConsumeAsync(Posted(fanOut, "m3="));
        await fanOut.SendersToldAsync();

        Assert.Equal(["Echo: secret", "Echo: secret", "Echo: secret"], fanOut.Gateway.DeliveredTo("plain="));
        Assert.Equal(
            ["message", "message", """{"type":"removed","room":"everyone","seq":1}""", "message"],
            fanOut.Gateway.DeliveredTo("json=").Select(Short));
        Assert.Equal("""{"type":"removed","id":"7","room":"everyone","seq":1}""", Assert.Single(fanOut.Gateway.DeliveredTo("ada="), text => text.Contains("\"id\"", StringComparison.Ordinal)));
        var rows = fanOut.Rooms.MessagesOf(Room.Everyone);
        Assert.Equal(3, rows.Count);
        Assert.DoesNotContain(rows[0], attribute => attribute.Key is RecentMessages.Message or RecentMessages.Data);
        Assert.True(rows[0][RecentMessages.Removed].BOOL);
        Assert.Equal("secret", rows[1][RecentMessages.Message].S);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("bob", null, false, false)]
    [InlineData(null, "guest-abc234", false, false)]
    [InlineData(null, null, false, false)]
    [InlineData("bob", null, true, true)]
    [InlineData("ada", null, false, true)]
    public async Task Only_its_sender_and_moderators_can_remove_it(string? user, string? guest, bool isModerator, bool isRemoved)
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        await fanOut.ConsumeAsync(Posted(fanOut, "m1="));

        await fanOut.ConsumeAsync(Removal(fanOut, seq: 1) with { User = user, Guest = guest, IsModerator = isModerator });
        await fanOut.SendersToldAsync();

        Assert.Equal(isRemoved, fanOut.Rooms.MessagesOf(Room.Everyone)[0].ContainsKey(RecentMessages.Removed));
        Assert.Equal(isRemoved, fanOut.Gateway.DeliveredTo("json=").Count() == 2);
        Assert.Contains(
            isRemoved
                ? """{"type":"removed","id":"7","room":"everyone","seq":1}"""
                : """{"type":"error","id":"7","code":"forbidden","error":"Message 1 is not yours; only its sender and moderators can remove it.","requestId":"r="}""",
            fanOut.Gateway.DeliveredTo("ada="));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_of_the_plain_dialect_is_answered_in_it()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        await fanOut.ConsumeAsync(Posted(fanOut, "m1=") with { ConnectionId = "plain=" });

        await fanOut.ConsumeAsync(Removal(fanOut, seq: 1) with { ConnectionId = "plain=" });
        await fanOut.SendersToldAsync();

        Assert.Equal(["Echo: secret", """{"removed":"everyone","seq":1}"""], fanOut.Gateway.DeliveredTo("plain="));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("guest-abc234", "guest-abc234", true)]
    [InlineData("guest-abc234", "guest-zzz234", false)]
    [InlineData("guest-abc234", null, false)]
    public async Task Guests_are_known_by_their_name(string sender, string? remover, bool isRemoved)
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        await fanOut.ConsumeAsync(Posted(fanOut, "m1=") with { User = null, Guest = sender });

        await fanOut.ConsumeAsync(Removal(fanOut, seq: 1) with { User = null, Guest = remover });

        Assert.Equal(isRemoved, fanOut.Rooms.MessagesOf(Room.Everyone)[0].ContainsKey(RecentMessages.Removed));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(2, null)]
    [InlineData(1, "1795261524518-3fk2a9")]
    [InlineData(1, "nonsense")]
    public async Task A_number_that_there_is_not_is_an_error(long seq, string? epoch)
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        await fanOut.ConsumeAsync(Posted(fanOut, "m1="));

        await fanOut.ConsumeAsync(Removal(fanOut, seq) with { Epoch = epoch });
        await fanOut.SendersToldAsync();

        Assert.Contains(
            $$"""{"type":"error","id":"7","code":"not_found","error":"There is no message {{seq}} in room \"everyone\".","requestId":"r="}""",
            fanOut.Gateway.DeliveredTo("ada="));
        Assert.Single(fanOut.Gateway.DeliveredTo("json="));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_room_hears_once_of_a_removal_however_often_it_is_asked_for()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        await fanOut.ConsumeAsync(Posted(fanOut, "m1="));

        for (var times = 0; times < 3; times++) await fanOut.ConsumeAsync(Removal(fanOut, seq: 1), isRedelivered: times == 1);
        await fanOut.SendersToldAsync();

        Assert.Equal(2, fanOut.Gateway.DeliveredTo("json=").Count());
        Assert.Equal(3, fanOut.Gateway.DeliveredTo("ada=").Count(text => text.Contains("\"id\"", StringComparison.Ordinal)));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(Dialect.Plain)]
    [InlineData(Dialect.Json)]
    public async Task A_late_delivery_brings_nothing_of_its_text(Dialect dialect)
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("new=", TimeSpan.FromSeconds(1), dialect: dialect);
        fanOut.HoldsEventsBack = true;
        fanOut.Gateway.OnRequest = (request, _) => RecordingGateway.Answer(
            request.ConnectionId == "new=" ? System.Net.HttpStatusCode.Gone : System.Net.HttpStatusCode.OK);
        await fanOut.ConsumeAsync(Posted(fanOut, "m1="));
        await fanOut.ConsumeAsync(Removal(fanOut, seq: 1));
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(System.Net.HttpStatusCode.OK);

        foreach (var late in fanOut.Sqs.SentTo(QueueNames.Late).ToList())
        {
            var consuming = fanOut.ConsumeAsync(late);
            await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted);
            await consuming;
        }

        Assert.All(fanOut.Gateway.DeliveredTo("new="), text => Assert.Equal("""{"type":"removed","room":"everyone","seq":1}""", text));
        Assert.Equal(dialect == Dialect.Json, fanOut.Gateway.DeliveredTo("new=").Any());
        Assert.Equal(0, fanOut.Rooms.OwedIn(Room.Everyone));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_late_delivery_brings_nothing_of_its_text_although_another_has_read_it_before()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        foreach (var id in (string[])["new1=", "new2="]) fanOut.AddConnection(id, TimeSpan.FromSeconds(1));
        fanOut.HoldsEventsBack = true;
        fanOut.Gateway.OnRequest = (request, _) => RecordingGateway.Answer(
            request.ConnectionId is "new1=" or "new2=" ? System.Net.HttpStatusCode.Gone : System.Net.HttpStatusCode.OK);
        await fanOut.ConsumeAsync(Posted(fanOut, "m1="));
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(System.Net.HttpStatusCode.OK);
        var late = fanOut.Sqs.SentTo(QueueNames.Late).ToList();

        await ConsumeLateAsync(late[0]);
        await fanOut.ConsumeAsync(Removal(fanOut, seq: 1));
        await ConsumeLateAsync(late[1]);

        Assert.Equal(
            ["Echo: secret"], fanOut.Gateway.DeliveredTo("new1=").Concat(fanOut.Gateway.DeliveredTo("new2=")));

        async Task ConsumeLateAsync(SentEvent sent)
        {
            var consuming = fanOut.ConsumeAsync(sent);
            await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted);
            await consuming;
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_newcomer_hears_nothing_of_its_text()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        var arrivedAt = fanOut.Time.GetUtcNow();
        await fanOut.ConsumeAsync(Posted(fanOut, "m1="));
        await fanOut.ConsumeAsync(Posted(fanOut, "m2=") with { Message = "hello" });
        await fanOut.ConsumeAsync(Removal(fanOut, seq: 1));

        await fanOut.ConsumeMissedAsync("new=", arrivedAt);

        Assert.Equal(["Echo: hello"], fanOut.Gateway.DeliveredTo("new="));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_comes_again_after_it_was_removed_brings_nothing_of_its_text()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        await fanOut.ConsumeAsync(Posted(fanOut, "m1="));
        await fanOut.ConsumeAsync(Removal(fanOut, seq: 1));
        fanOut.Rooms.Progress.Clear(); // as if its walk had been cut short
        fanOut.Gateway.Requests.Clear();

        await fanOut.ConsumeAsync(Posted(fanOut, "m1="), isRedelivered: true);

        Assert.DoesNotContain(fanOut.Gateway.Requests, request => request.Body.Contains("secret", StringComparison.Ordinal));
        Assert.Single(fanOut.Rooms.LogOf(Room.Everyone));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_large_room_hears_of_it_too()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken, options => (options.PageSize, options.DivideAbove) = (20, 800));
        foreach (var number in Enumerable.Range(0, 2_000)) fanOut.AddConnection($"{number}=", TimeSpan.FromHours(1), dialect: Dialect.Json);
        var posting = fanOut.ConsumeAsync(Posted(fanOut, "m1="));
        await fanOut.PassTimeUntilAsync(() => posting.IsCompleted);

        var removing = fanOut.ConsumeAsync(Removal(fanOut, seq: 1));
        await fanOut.PassTimeUntilAsync(() => removing.IsCompleted);
        await removing;

        Assert.All(Enumerable.Range(0, 2_000), number => Assert.Equal(2, fanOut.Gateway.DeliveredTo($"{number}=").Count()));
    }

    private static string Short(string frame) => frame.StartsWith("""{"type":"message",""", StringComparison.Ordinal) ? "message" : frame;

    private static async Task<FanOutUnderTest> StartAsync(CancellationToken cancellation, Action<FanOutOptions>? configure = null)
    {
        var fanOut = await FanOutUnderTest.StartAsync(cancellation, configure: configure);
        fanOut.AddConnection("plain=", TimeSpan.FromHours(1));
        fanOut.AddConnection("json=", TimeSpan.FromHours(1), dialect: Dialect.Json);
        fanOut.AddConnection("ada=", TimeSpan.FromHours(1), dialect: Dialect.Json);
        return fanOut;
    }

    private static MessagePosted Posted(FanOutUnderTest fanOut, string messageId) => new()
    {
        MessageId = messageId,
        ConnectionId = "ada=",
        User = "ada",
        Room = Room.Everyone,
        Message = "secret",
        Data = """{"also":"secret"}""",
        PostedAt = fanOut.Time.GetUtcNow(),
    };

    private static MessageRemoved Removal(FanOutUnderTest fanOut, long seq) => new()
    {
        ConnectionId = "ada=",
        Room = Room.Everyone,
        Seq = seq,
        User = "ada",
        RequestId = "r=",
        FrameId = "7",
        RemovedAt = fanOut.Time.GetUtcNow(),
    };
}
