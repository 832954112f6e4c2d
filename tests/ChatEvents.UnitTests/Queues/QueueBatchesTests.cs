using Amazon.SQS.Model;
using ChatEvents.Queues;
using ChatEvents.Testing;
using static ChatEvents.Testing.RecordingSqs;

namespace ChatEvents.UnitTests.Queues;

public sealed class QueueBatchesTests : IDisposable
{
    private const double NoJitter = 1;

    private readonly RecordingSqs _sqs = new();
    private readonly FakeTime _time = new();
    private readonly RecordingLog _log = new();
    private readonly QueueGate _gate = new();
    private readonly Recorded<HandlerCall> _calls = new();
    private readonly CancellationTokenSource _abandoning = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (var call in _calls.All) call.Finish();
        _abandoning.Dispose();
        _sqs.Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task What_is_done_is_left_to_the_host_that_received_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var handling = HandleAsync(MessageOf("1"), MessageOf("2"));
        (await NextCallAsync(cancellation)).Finish();
        Assert.False(handling.IsCompleted);
        (await NextCallAsync(cancellation)).Finish();

        Assert.Empty(await handling);
        Assert.Empty(_sqs.Deletes.All);
        Assert.Empty(_sqs.VisibilityChanges.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_that_failed_is_named_and_visible_again_after_a_delay_that_grows()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var handling = HandleAsync(MessageOf("1", receiveCount: 3), MessageOf("2"));
        (await CallOfAsync("1", cancellation)).Fail();
        (await CallOfAsync("2", cancellation)).Finish();

        Assert.Equal(["1"], await handling);
        Assert.Equal([("1-3", 4)], Returned());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_group_stops_at_its_first_failure_and_the_others_go_on()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var handling = HandleAsync(
            MessageOf("1", group: "blue"), MessageOf("2", group: "blue"), MessageOf("3", group: "red"), MessageOf("4", group: "blue"),
            MessageOf("5", group: "red"));
        (await CallOfAsync("1", cancellation)).Finish();
        (await CallOfAsync("2", cancellation)).Fail();
        (await CallOfAsync("3", cancellation)).Finish();
        (await CallOfAsync("5", cancellation)).Finish();

        Assert.Equal(["2", "4"], await handling);
        Assert.DoesNotContain(_calls.All, call => call.MessageId == "4");
        Assert.Equal([("2-1", 1), ("4-1", 0)], Returned());
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_yielded_its_turn_and_fails_takes_those_behind_along_though_they_are_done()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var handling = HandleAsync(MessageOf("1", group: "blue"), MessageOf("2", group: "blue"));
        var first = await CallOfAsync("1", cancellation);
        first.Turn.Yield();
        (await CallOfAsync("2", cancellation)).Finish();
        first.Fail();

        Assert.Equal(["1", "2"], await handling);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_that_cannot_be_read_goes_back_at_once_and_holds_up_nobody()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var handling = HandleAsync(MessageOf("1", group: "blue"), MessageOf("2", group: "blue"));
        (await CallOfAsync("1", cancellation)).Fail(new UnreadableMessageException("No JSON."));
        (await CallOfAsync("2", cancellation)).Finish();

        Assert.Equal(["1"], await handling);
        Assert.Equal([("1-1", 0)], Returned());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_that_fails_its_last_receive_is_left_to_the_dead_letters_and_holds_up_nobody()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var handling = HandleAsync(MessageOf("1", group: "blue", receiveCount: 5), MessageOf("2", group: "blue"));
        (await CallOfAsync("1", cancellation)).Fail();
        (await CallOfAsync("2", cancellation)).Finish();

        Assert.Equal(["1"], await handling);
    }

    [Fact(Timeout = 30_000)]
    public async Task When_time_is_over_handlers_are_told_to_stop_and_their_messages_go_back_at_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var handling = HandleAsync(MessageOf("1", group: "blue"), MessageOf("2", group: "blue"), MessageOf("3"));
        (await CallOfAsync("3", cancellation)).Finish();
        var call = await CallOfAsync("1", cancellation);
        await _abandoning.CancelAsync();
        await call.StopWhenToldAsync();

        Assert.Equal(["1", "2"], await handling);
        Assert.Equal([("1-1", 0), ("2-1", 0)], Returned());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_handler_that_does_not_stop_when_told_is_waited_for_a_second()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var handling = HandleAsync(MessageOf("1"));
        await NextCallAsync(cancellation);
        await _abandoning.CancelAsync();
        await _time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), cancellation);

        Assert.Equal(["1"], await handling);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_that_could_not_be_made_visible_is_named_all_the_same()
    {
        _sqs.OnVisibilityChange = _ => throw new HttpRequestException("Connection refused.");
        var handling = HandleAsync(MessageOf("1"));
        (await NextCallAsync(TestContext.Current.CancellationToken)).Fail();

        Assert.Equal(["1"], await handling);
        Assert.Contains(_log.Entries, entry => entry.Text.Contains("could not be returned", StringComparison.Ordinal));
    }

    [Fact(Timeout = 30_000)]
    public async Task What_is_not_done_in_an_outage_when_time_is_over_comes_back_so_late_that_its_receives_outlast_ten_minutes()
    {
        var handling = HandleAsync(MessageOf("1"));
        var call = await NextCallAsync(TestContext.Current.CancellationToken);
        _gate.Set("The gateway is out of reach.", isClosed: true);
        await _abandoning.CancelAsync();
        await call.StopWhenToldAsync();

        Assert.Equal(["1"], await handling);
        var (receipt, seconds) = Assert.Single(Returned());
        Assert.Equal("1-1", receipt);
        Assert.InRange(seconds!.Value * (new QueueOptions().MaxReceiveCount - 1), 600, 1_200);
    }

    private Task<IReadOnlyList<string>> HandleAsync(params Message[] batch) =>
        new QueueBatches(new(_sqs, "messages.fifo", new QueueOptions(), CallAsync, _time, () => NoJitter, _log) { Gate = _gate })
            .HandleAsync(batch, _abandoning.Token)
            .WaitAsync(Cancellation);

    private Task CallAsync(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned)
    {
        var call = new HandlerCall(message, turn, abandoned);
        _calls.Add(call);
        return call.Ended;
    }

    private Task<HandlerCall> NextCallAsync(CancellationToken cancellation) => _calls.NextAsync(cancellation);

    private Task<HandlerCall> CallOfAsync(string messageId, CancellationToken cancellation) => Patiently.SeeAsync(
        $"message {messageId} to be handled",
        () => Task.FromResult(_calls.All.SingleOrDefault(call => call.MessageId == messageId)!),
        call => call is not null,
        cancellation);

    private IEnumerable<(string Receipt, int? Seconds)> Returned() =>
        _sqs.VisibilityChanges.All
            .SelectMany(request => request.Entries)
            .Select(entry => (entry.ReceiptHandle, entry.VisibilityTimeout))
            .Order();
}
