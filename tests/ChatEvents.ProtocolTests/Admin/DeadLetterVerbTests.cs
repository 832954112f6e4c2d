using System.Text.Json;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Admin;
using ChatEvents.Contracts;

namespace ChatEvents.ProtocolTests.Admin;

/// <summary>Why dead letters failed, and moving them back without losing one.</summary>
public sealed class DeadLetterVerbTests(EmulatorsFixture emulators) : IAsyncLifetime
{
    private AdminUnderTest _admin = null!;

    private static MessagePosted Posted => new()
    {
        MessageId = "Qv7kLGr2IAMF-5g=",
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        Room = "blue",
        Message = "Hello",
        PostedAt = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero),
    };

    public async ValueTask InitializeAsync() => _admin = await AdminUnderTest.StartAsync(emulators);

    public async ValueTask DisposeAsync() => await _admin.DisposeAsync();

    [Fact(Timeout = 60_000)]
    public async Task Each_dead_letter_says_why_it_failed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var opened = RouteEventJson.Write(AdminUnderTest.OpenedLongAgo("a=", "https://example.com/prod"));
        var readable = await _admin.LetFailAsync(MessageOf(opened, typeof(ConnectionOpened)));
        var untyped = await _admin.LetFailAsync(MessageOf(opened, null));
        var foreign = await _admin.LetFailAsync(MessageOf(RouteEventJson.Write(Posted), typeof(MessagePosted)));
        var partial = await _admin.LetFailAsync(MessageOf("""{"connectionId":"a="}""", typeof(ConnectionClosed)));
        var garbage = await _admin.LetFailAsync(InRoom("blue", MessageOf("{ no JSON", null)));

        var listed = await _admin.RunAsync(cancellation, "dead-letters", "list", "--output", "json");

        Assert.Equal((ExitCode.Done, ""), (listed.ExitCode, listed.Error));
        using var json = JsonDocument.Parse(listed.Out);
        var letters = json.RootElement.EnumerateArray().ToDictionary(letter => letter.GetProperty("id").GetString()!);
        Assert.Equal(5, letters.Count);
        Assert.Contains("its consumer failed", WhyOf(letters[readable]), StringComparison.Ordinal);
        Assert.Equal("ConnectionOpened", letters[readable].GetProperty("event").GetString());
        Assert.True(letters[readable].GetProperty("isReadable").GetBoolean());
        Assert.Contains("no attribute MT-MessageType", WhyOf(letters[untyped]), StringComparison.Ordinal);
        Assert.Contains("no consumer for 'urn:message:ChatEvents.Contracts:MessagePosted'", WhyOf(letters[foreign]), StringComparison.Ordinal);
        Assert.Contains("closedAt", WhyOf(letters[partial]), StringComparison.Ordinal);
        Assert.Contains("not the JSON", WhyOf(letters[garbage]), StringComparison.Ordinal);
        Assert.Equal("blue", letters[garbage].GetProperty("room").GetString());
        Assert.False(letters[garbage].GetProperty("isReadable").GetBoolean());

        Assert.Equal("5\n", (await _admin.RunAsync(cancellation, "dead-letters", "count")).Out);
        Assert.Equal("1\n", (await _admin.RunAsync(cancellation, "dead-letters", "count", "--queue", "messages")).Out);
    }

    [Fact(Timeout = 60_000)]
    public async Task Looking_leaves_every_dead_letter_where_it_was()
    {
        var cancellation = TestContext.Current.CancellationToken;
        for (var i = 0; i < 12; i++) await _admin.LetFailAsync(MessageOf($"garbage {i}", typeof(ConnectionOpened)));

        var first = await _admin.RunAsync(cancellation, "dead-letters", "list");
        var second = await _admin.RunAsync(cancellation, "dead-letters", "list");

        Assert.Equal(13, first.Lines.Length);
        Assert.Equal(13, second.Lines.Length);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_look_that_is_interrupted_gives_back_what_it_had_received()
    {
        var cancellation = TestContext.Current.CancellationToken;
        for (var i = 0; i < 3; i++) await _admin.LetFailAsync(MessageOf($"garbage {i}", typeof(ConnectionOpened)));
        using var interruption = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _admin.CreateSqs = () => new DisturbedSqs(emulators) { OnReceived = interruption.Cancel };

        var stopped = await _admin.RunAsync(answer: null, ["dead-letters", "list"], interruption.Token);

        Assert.Equal(new AdminOutput(ExitCode.Failed, "", "Stopped.\n"), stopped);
        _admin.CreateSqs = emulators.CreateSqs;
        Assert.Equal(4, (await _admin.RunAsync(cancellation, "dead-letters", "list")).Lines.Length);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_dead_letter_goes_back_with_all_that_it_carried()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var message = InRoom("blue", MessageOf(RouteEventJson.Write(Posted), typeof(MessagePosted)));
        message.MessageDeduplicationId = Posted.MessageId;
        message.MessageAttributes[AttributeNames.TraceParent] = new()
        {
            DataType = "String",
            StringValue = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
        };
        await _admin.LetFailAsync(message);

        var moved = await _admin.RunAsync(cancellation, "dead-letters", "move", "--all", "--yes", "--output", "json");

        Assert.Equal((ExitCode.Done, """{"moved":1}""" + "\n"), (moved.ExitCode, moved.Out));
        // Although its deduplication id was used a moment ago, it is there: SQS would have dropped a repeat of that id.
        var back = Assert.Single(await _admin.ReceiveAllAsync(_admin.Queues.Messages));
        Assert.Equal(message.MessageBody, back.Body);
        Assert.Equal("blue", back.Attributes["MessageGroupId"]);
        Assert.Equal(
            [AttributeNames.MessageType, AttributeNames.TraceParent], back.MessageAttributes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(AttributeNames.MessageTypeOf<MessagePosted>(), back.MessageAttributes[AttributeNames.MessageType].StringValue);
        Assert.Equal("0\n", (await _admin.RunAsync(cancellation, "dead-letters", "count")).Out);
    }

    [Fact(Timeout = 60_000)]
    public async Task Only_those_that_are_named_go_back()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add(await _admin.LetFailAsync(MessageOf($"message {i}", typeof(ConnectionOpened))));

        var moved = await _admin.RunAsync(cancellation, "dead-letters", "move", ids[1], "no-such-id", "--yes");

        Assert.Equal(ExitCode.Failed, moved.ExitCode);
        Assert.StartsWith("Not found: no-such-id.", moved.Error, StringComparison.Ordinal);
        Assert.Equal("message 1", Assert.Single(await _admin.ReceiveAllAsync(_admin.Queues.Connections)).Body);
        var left = await _admin.RunAsync(cancellation, "dead-letters", "list");
        Assert.Contains(ids[0], left.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(ids[1], left.Out, StringComparison.Ordinal);
        Assert.Contains(ids[2], left.Out, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_messages_of_a_room_go_back_in_their_order()
    {
        for (var i = 0; i < 5; i++) await _admin.LetFailAsync(InRoom("blue", MessageOf($"message {i}", typeof(MessagePosted))));

        await _admin.RunAsync(TestContext.Current.CancellationToken, "dead-letters", "move", "--all", "--yes");

        Assert.Equal(
            Enumerable.Range(0, 5).Select(i => $"message {i}"),
            (await _admin.ReceiveAllAsync(_admin.Queues.Messages)).Select(message => message.Body));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_dead_letter_that_cannot_be_sent_stays_and_can_be_moved_at_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _admin.LetFailAsync(MessageOf("message", typeof(ConnectionOpened)));
        _admin.CreateSqs = () => new DisturbedSqs(emulators) { FailsToSend = true };

        var failed = await _admin.RunAsync(cancellation, "dead-letters", "move", "--all", "--yes");

        Assert.Equal((ExitCode.Failed, "AWS refused: Injected (no sending)\n"), (failed.ExitCode, failed.Error));
        _admin.CreateSqs = emulators.CreateSqs;
        Assert.Equal(ExitCode.Done, (await _admin.RunAsync(cancellation, "dead-letters", "move", "--all", "--yes")).ExitCode);
        Assert.Equal("message", Assert.Single(await _admin.ReceiveAllAsync(_admin.Queues.Connections)).Body);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_move_that_is_repeated_because_it_could_not_delete_delivers_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var id = await _admin.LetFailAsync(InRoom("blue", MessageOf("message", typeof(MessagePosted))));
        _admin.CreateSqs = () => new DisturbedSqs(emulators) { FailsToDelete = true };

        var failed = await _admin.RunAsync(cancellation, "dead-letters", "move", id, "--yes");

        Assert.Equal(ExitCode.Failed, failed.ExitCode);
        Assert.Contains("could not be deleted", failed.Error, StringComparison.Ordinal);
        _admin.CreateSqs = emulators.CreateSqs;
        Assert.Equal(ExitCode.Done, (await _admin.RunAsync(cancellation, "dead-letters", "move", id, "--yes")).ExitCode);
        Assert.Equal("message", Assert.Single(await _admin.ReceiveAllAsync(_admin.Queues.Messages)).Body);
        Assert.Equal("0\n", (await _admin.RunAsync(cancellation, "dead-letters", "count")).Out);
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_yes_and_without_a_terminal_nothing_is_moved()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _admin.LetFailAsync(MessageOf("garbage", typeof(ConnectionOpened)));

        var refused = await _admin.RunAsync(cancellation, "dead-letters", "move", "--all");

        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("about 1", refused.Error, StringComparison.Ordinal);
        Assert.Equal("1\n", (await _admin.RunAsync(cancellation, "dead-letters", "count")).Out);
    }

    private static SendMessageRequest MessageOf(string body, Type? routeEvent) => new()
    {
        MessageBody = body,
        MessageAttributes = routeEvent is null
            ? []
            : new() { [AttributeNames.MessageType] = new() { DataType = "String", StringValue = AttributeNames.MessageTypeOf(routeEvent) } },
    };

    private static SendMessageRequest InRoom(string room, SendMessageRequest message)
    {
        message.MessageGroupId = room;
        message.MessageDeduplicationId = Guid.NewGuid().ToString();
        return message;
    }

    private static string WhyOf(JsonElement letter) => letter.GetProperty("why").GetString()!;

    private sealed class DisturbedSqs(EmulatorsFixture emulators) : AmazonSQSClient(
        EmulatorsFixture.Credentials,
        new AmazonSQSConfig { ServiceURL = emulators.SqsUrl.ToString(), AuthenticationRegion = EmulatorsFixture.Region })
    {
        public bool FailsToSend { get; init; }

        public bool FailsToDelete { get; init; }

        public Action OnReceived { get; init; } = () => { };

        public override async Task<ReceiveMessageResponse> ReceiveMessageAsync(
            ReceiveMessageRequest request, CancellationToken cancellationToken = default)
        {
            var received = await base.ReceiveMessageAsync(request, cancellationToken);
            OnReceived();
            return received;
        }

        public override Task<SendMessageResponse> SendMessageAsync(SendMessageRequest request, CancellationToken cancellationToken = default) =>
            FailsToSend ? throw Injected("no sending") : base.SendMessageAsync(request, cancellationToken);

        public override Task<DeleteMessageResponse> DeleteMessageAsync(
            string queueUrl, string receiptHandle, CancellationToken cancellationToken = default) =>
            FailsToDelete ? throw Injected("no deleting") : base.DeleteMessageAsync(queueUrl, receiptHandle, cancellationToken);

        private static AmazonSQSException Injected(string message) =>
            new(message, innerException: null, ErrorType.Sender, "Injected", "request", System.Net.HttpStatusCode.BadRequest);
    }
}
