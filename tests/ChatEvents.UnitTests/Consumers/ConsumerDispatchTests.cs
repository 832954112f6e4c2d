using ChatEvents.Consumers;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using static ChatEvents.Testing.RecordingSqs;
using static ChatEvents.UnitTests.Consumers.ConsumersUnderTest;

namespace ChatEvents.UnitTests.Consumers;

public sealed class ConsumerDispatchTests : IAsyncDisposable
{
    private static readonly ConnectionOpened Opened = new()
    {
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        ConnectedAt = DateTimeOffset.FromUnixTimeMilliseconds(1795260924518),
        CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
        Rooms = ["blue", "red"],
        User = "user-17",
    };

    private static readonly ConnectionClosed Closed = new()
    {
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        ClosedAt = DateTimeOffset.FromUnixTimeMilliseconds(1795261210003),
        Because = ClosedBecause.Gone,
    };

    private readonly ConsumersUnderTest _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task Each_event_reaches_its_consumer_whole()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await StartAsync(cancellation);

        _host.Sqs.PutIn(MessageOf("1", Opened), MessageOf("2", Closed));

        var opened = (await _host.Consumed.Opened.NextAsync(cancellation)).Message;
        Assert.Equal(Opened with { Rooms = opened.Rooms }, opened);
        Assert.Equal(Opened.Rooms, opened.Rooms);
        Assert.Equal(Closed, (await _host.Consumed.Closed.NextAsync(cancellation)).Message);
        Assert.Single(_host.Consumed.Opened.All);
        Assert.Single(_host.Consumed.Closed.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_consumer_that_returns_has_its_message_deleted()
    {
        await StartAsync(TestContext.Current.CancellationToken);

        _host.Sqs.PutIn(MessageOf("1", Opened));

        Assert.Equal("1-1", await _host.NextDeletedAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_consumer_that_throws_has_its_message_returned_and_nothing_else_is_sent()
    {
        _host.Consumed.OnConsume = _ => throw new InvalidOperationException("No table.");
        await StartAsync(TestContext.Current.CancellationToken);

        _host.Sqs.PutIn(MessageOf("1", Opened));

        Assert.Equal(("1-1", 1), await _host.NextReturnedAsync());
        Assert.Empty(_host.Sqs.Sends.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_consumer_sees_the_message_as_it_came_and_its_turn()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var id = Guid.NewGuid();
        await StartAsync(cancellation);

        _host.Sqs.PutIn(MessageOf($"{id}", Opened, receiveCount: 3));

        var context = await _host.Consumed.Opened.NextAsync(cancellation);
        Assert.Equal(id, context.MessageId);
        Assert.True(context.ReceiveContext.Redelivered);
        Assert.True(context.TryGetPayload<ReceivedMessage>(out var message));
        Assert.Equal(3, message.ReceiveCount);
        Assert.True(context.TryGetPayload<GroupTurn>(out _));
    }

    [Fact(Timeout = 30_000)]
    public async Task Every_message_has_a_scope_of_its_own()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await StartAsync(cancellation);

        _host.Sqs.PutIn(MessageOf("1", Opened), MessageOf("2", Opened));

        Assert.NotSame(await _host.Consumed.Scopes.NextAsync(cancellation), await _host.Consumed.Scopes.NextAsync(cancellation));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("garbage")]
    [InlineData("{}")]
    [InlineData("""{"connectionId":"a","closedAt":"2026-11-21T12:00:00Z"}""")]
    [InlineData("""{"connectionId":null,"closedAt":"2026-11-21T12:00:00Z","because":"Gone"}""")]
    [InlineData("""{"connectionId":"a","closedAt":"2026-11-21T12:00:00Z","because":"Tired"}""")]
    public async Task A_body_that_is_not_the_event_reaches_no_consumer_and_goes_back_at_once(string body)
    {
        await StartAsync(TestContext.Current.CancellationToken);

        _host.Sqs.PutIn(MessageOf<ConnectionClosed>("1", body));

        Assert.Equal(("1-1", 0), await _host.NextReturnedAsync());
        Assert.Empty(_host.Consumed.Closed.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task Members_that_are_not_known_yet_are_ignored()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await StartAsync(cancellation);

        _host.Sqs.PutIn(MessageOf<ConnectionClosed>("1", """{"new":1,"connectionId":"a","closedAt":"2026-11-21T12:00:00Z","because":"Gone"}"""));

        Assert.Equal("a", (await _host.Consumed.Closed.NextAsync(cancellation)).Message.ConnectionId);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_of_a_type_that_nobody_consumes_goes_back_at_once()
    {
        await StartAsync(TestContext.Current.CancellationToken);

        _host.Sqs.PutIn(MessageOf<MessagePosted>("1", "{}"));

        Assert.Equal(("1-1", 0), await _host.NextReturnedAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_without_a_type_goes_back_where_there_is_a_choice()
    {
        await StartAsync(TestContext.Current.CancellationToken);

        _host.Sqs.PutIn(MessageOf("1", RouteEventJson.Write(Closed)));

        Assert.Equal(("1-1", 0), await _host.NextReturnedAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_without_a_type_goes_to_the_only_consumer()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _host.StartAsync(ChatQueue.Walks, cancellation);

        _host.Sqs.PutIn(MessageOf("1", RouteEventJson.Write(new WalkDivided { Room = "blue", Shard = 7, Positions = ["0639301377612420000#m="] })));

        Assert.Equal("blue", (await _host.Consumed.Divided.NextAsync(cancellation)).Message.Room);
    }

    [Fact(Timeout = 30_000)]
    public async Task Attributes_that_are_not_ours_have_no_effect()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await StartAsync(cancellation);
        var message = MessageOf("1", Opened);
        foreach (var name in (string[])["ResponseAddress", "FaultAddress", "Content-Type", "MT-Activity-Id"])
        {
            WithAttribute(message, name, "loopback://localhost/elsewhere");
        }

        _host.Sqs.PutIn(message);

        var context = await _host.Consumed.Opened.NextAsync(cancellation);
        Assert.Null(context.ResponseAddress);
        Assert.Null(context.FaultAddress);
        Assert.Equal("1-1", await _host.NextDeletedAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_lost_lease_cancels_the_consumer()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var cancelled = new TaskCompletionSource();
        _host.Consumed.OnConsume = context =>
        {
            context.CancellationToken.Register(cancelled.SetResult);
            return cancelled.Task;
        };
        _host.Sqs.OnVisibilityChange = _ => throw new Amazon.SQS.Model.MessageNotInflightException("gone")
        {
            ErrorCode = "AWS.SimpleQueueService.MessageNotInflight",
        };
        await StartAsync(cancellation);
        _host.Sqs.PutIn(MessageOf("1", Opened));
        await _host.Consumed.Opened.NextAsync(cancellation);

        await _host.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(21), cancellation);
        await _host.Time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(100), cancellation);

        await cancelled.Task.WaitAsync(cancellation);
    }

    [Fact]
    public void A_queue_with_an_event_that_nobody_consumes_is_a_mistake_in_the_program() => Assert.Equal(
        "ChatEvents.UnitTests needs one consumer of MessagePosted.",
        Assert.Throws<InvalidOperationException>(() => new QueueConsumers(ChatQueue.Messages, typeof(ConsumersUnderTest).Assembly)).Message);

    private Task StartAsync(CancellationToken cancellation) => _host.StartAsync(ChatQueue.Connections, cancellation);
}
