using Amazon.SQS.Model;
using ChatEvents.Queues;
using static ChatEvents.Testing.RecordingSqs;

namespace ChatEvents.UnitTests.Queues;

public sealed class QueuePumpTests : IAsyncDisposable
{
    private readonly PumpUnderTest _pump = new();

    public ValueTask DisposeAsync() => _pump.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task A_receive_asks_for_no_more_messages_than_there_is_capacity_for()
    {
        _pump.Options.MaxInHand = 3;
        _pump.PutIn(MessageOf("a"), MessageOf("b"), MessageOf("c"), MessageOf("d"));
        _pump.Start(TestContext.Current.CancellationToken);

        var first = await _pump.NextCallAsync();
        await _pump.NextCallAsync();
        await _pump.NextCallAsync();
        Assert.Equal(3, Assert.Single(_pump.Sqs.Receives.All).MaxNumberOfMessages);
        Assert.Equal(1, _pump.Sqs.Waiting);

        first.Finish();
        Assert.Equal("d", (await _pump.NextCallAsync()).MessageId);
        Assert.Equal([3, 1], _pump.Sqs.Receives.All.Select(receive => receive.MaxNumberOfMessages));
    }

    [Fact(Timeout = 30_000)]
    public async Task While_the_gate_is_closed_no_message_is_taken_and_what_is_in_hand_is_kept()
    {
        _pump.PutIn(MessageOf("a"));
        _pump.Start(TestContext.Current.CancellationToken);
        var first = await _pump.NextCallAsync();
        _pump.Gate.Set("The gateway is out of reach.", isClosed: true);
        _pump.PutIn(MessageOf("b")); // the receive that is under way brings it
        var second = await _pump.NextCallAsync();
        var receives = _pump.Sqs.Receives.All.Count;
        _pump.PutIn(MessageOf("c"));
        first.Finish();
        second.Finish();
        await _pump.NextDeletedAsync();
        Assert.Equal(receives, _pump.Sqs.Receives.All.Count);

        _pump.Gate.Set(trouble: null, isClosed: false);
        Assert.Equal("c", (await _pump.NextCallAsync()).MessageId);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_pump_whose_gate_is_closed_stops_as_any_other()
    {
        _pump.Gate.Set("The gateway is out of reach.", isClosed: true);
        _pump.Start(TestContext.Current.CancellationToken);

        await _pump.StopAsync();

        Assert.Empty(_pump.Sqs.Receives.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_receive_asks_for_ten_at_most_and_waits_twenty_seconds()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.Options.MaxInHand = 64;
        _pump.Start(cancellation);

        await _pump.Sqs.Receives.NextAsync(cancellation);
        var second = await _pump.Sqs.Receives.NextAsync(cancellation);

        Assert.Equal(10, second.MaxNumberOfMessages);
        Assert.Equal(20, second.WaitTimeSeconds);
        Assert.Equal(30, second.VisibilityTimeout);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_first_receive_does_not_wait_so_that_readiness_is_known_at_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var pump = _pump.Start(cancellation);

        Assert.Equal(0, (await _pump.Sqs.Receives.NextAsync(cancellation)).WaitTimeSeconds);
        await _pump.Sqs.Receives.NextAsync(cancellation);
        Assert.True(pump.IsReceiving);
    }

    [Fact(Timeout = 30_000)]
    public async Task Several_receives_are_under_way_at_once_when_capacity_is_large()
    {
        var cancellation = TestContext.Current.CancellationToken;
        (_pump.Options.MaxInHand, _pump.Options.Receives) = (25, 3);
        var held = new TaskCompletionSource();
        _pump.Sqs.OnReceive = _ => held.Task;
        _pump.Start(cancellation);

        var asked = new List<int?>();
        for (var i = 0; i < 3; i++) asked.Add((await _pump.Sqs.Receives.NextAsync(cancellation)).MaxNumberOfMessages);

        Assert.Equal([10, 10, 5], asked);
        held.SetResult();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_whose_handler_returns_is_deleted()
    {
        _pump.PutIn(MessageOf("a"));
        _pump.Start(TestContext.Current.CancellationToken);

        (await _pump.NextCallAsync()).Finish();

        Assert.Equal(["a-1"], await _pump.NextDeletedAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_failure_is_one_line_until_the_last_receive_which_has_the_stack_trace()
    {
        _pump.Start(TestContext.Current.CancellationToken);
        for (var receive = 1; receive <= 5; receive++)
        {
            _pump.PutIn(MessageOf("a", receiveCount: receive));
            (await _pump.NextCallAsync()).Fail(new FormatException("No such template."));
            await _pump.NextHiddenAsync();
        }

        var failures = _pump.Log.Entries.Where(entry => entry.Text.Contains("failed at receive", StringComparison.Ordinal)).ToList();
        Assert.Equal(
            Enumerable.Range(1, 4).Select(receive =>
                $"Message a failed at receive {receive} and goes back to connections: FormatException: No such template."),
            failures[..4].Select(failure => failure.Text));
        Assert.All(failures[..4], failure => Assert.Null(failure.Exception));
        Assert.IsType<FormatException>(Assert.Single(failures[4..]).Exception);
    }

    [Fact(Timeout = 30_000)]
    public async Task Deletes_go_out_in_tens_without_waiting_for_more()
    {
        (_pump.Options.MaxInHand, _pump.Options.DeleteLinger) = (20, TimeSpan.FromSeconds(1));
        _pump.PutIn([.. Enumerable.Range(0, 20).Select(i => MessageOf($"m{i}"))]);
        _pump.Start(TestContext.Current.CancellationToken);
        var calls = new List<HandlerCall>();
        for (var i = 0; i < 20; i++) calls.Add(await _pump.NextCallAsync());

        calls.ForEach(call => call.Finish());

        Assert.Equal(10, (await _pump.NextDeletedAsync()).Length);
        Assert.Equal(10, (await _pump.NextDeletedAsync()).Length);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_delete_waits_no_longer_for_others_than_it_may()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.Options.DeleteLinger = TimeSpan.FromSeconds(1);
        _pump.PutIn(MessageOf("a"));
        _pump.Start(cancellation);

        (await _pump.NextCallAsync()).Finish();
        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), cancellation);

        Assert.Equal(["a-1"], await _pump.NextDeletedAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_delete_that_failed_alone_is_tried_again_alone()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.Options.DeleteLinger = TimeSpan.FromSeconds(1);
        _pump.PutIn([.. "abcdefghij".Select(id => MessageOf($"{id}"))]);
        _pump.Sqs.OnDelete = request => Task.FromResult(
            request.Entries.Count == 10 ? [new() { Id = IdOf(request, "a-1"), Code = "InternalError", Message = "Later.", SenderFault = false }]
            : new List<BatchResultErrorEntry>());
        _pump.Start(cancellation);
        for (var i = 0; i < 10; i++) (await _pump.NextCallAsync()).Finish();
        Assert.Equal(10, (await _pump.NextDeletedAsync()).Length); // full, so it does not wait for the clock

        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(200), cancellation);
        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), cancellation);

        Assert.Equal(["a-1"], await _pump.NextDeletedAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_delete_whose_receipt_died_is_not_tried_again_and_frees_its_slot()
    {
        _pump.Options.MaxInHand = 1;
        _pump.PutIn(MessageOf("a"), MessageOf("b"));
        _pump.Sqs.OnDelete = request => Task.FromResult<List<BatchResultErrorEntry>>(
            [new() { Id = "0", Code = "ReceiptHandleIsInvalid", Message = "The receipt handle has expired.", SenderFault = true }]);
        _pump.Start(TestContext.Current.CancellationToken);

        (await _pump.NextCallAsync()).Finish();

        Assert.Equal("b", (await _pump.NextCallAsync()).MessageId);
        Assert.Single(_pump.Sqs.Deletes.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_delete_that_always_fails_is_tried_four_times_and_frees_its_slot()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.Options.MaxInHand = 1;
        _pump.PutIn(MessageOf("a"), MessageOf("b"));
        _pump.Sqs.OnDelete = _ => throw new HttpRequestException("Connection refused");
        _pump.Start(cancellation);

        (await _pump.NextCallAsync()).Finish();
        for (var pause = 200; pause <= 800; pause *= 2)
            await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(pause), cancellation);

        Assert.Equal("b", (await _pump.NextCallAsync()).MessageId);
        Assert.Equal(4, _pump.Sqs.Deletes.All.Count);
        Assert.Single(_pump.Log.Lines, line => line.Contains("could not be deleted", StringComparison.Ordinal));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(4, 8)]
    [InlineData(200, 60)]
    public async Task A_message_whose_handler_throws_goes_back_after_a_delay_that_grows_with_its_receives(int receiveCount, int seconds)
    {
        _pump.PutIn(MessageOf("a", receiveCount: receiveCount));
        _pump.Start(TestContext.Current.CancellationToken);

        (await _pump.NextCallAsync()).Fail();

        Assert.Equal([($"a-{receiveCount}", seconds)], await _pump.NextHiddenAsync());
        Assert.Empty(_pump.Sqs.Deletes.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_unreadable_message_goes_back_at_once_to_become_a_dead_letter()
    {
        _pump.PutIn(MessageOf("a"));
        _pump.Start(TestContext.Current.CancellationToken);

        (await _pump.NextCallAsync()).Fail(new UnreadableMessageException("No JSON."));

        Assert.Equal([("a-1", 0)], await _pump.NextHiddenAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_received_again_while_in_hand_is_not_begun_twice_and_its_newest_receipt_settles_it()
    {
        _pump.PutIn(MessageOf("a"));
        _pump.Start(TestContext.Current.CancellationToken);
        var call = await _pump.NextCallAsync();

        _pump.PutIn(MessageOf("a", receiveCount: 2), MessageOf("b"));
        Assert.Equal("b", (await _pump.NextCallAsync()).MessageId);
        call.Finish();

        Assert.Equal(["a-2"], await _pump.NextDeletedAsync());
        Assert.Equal(["a", "b"], _pump.Calls.All.Select(each => each.MessageId));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_received_again_while_it_is_being_deleted_is_deleted_again_by_its_newest_receipt()
    {
        var deleting = new TaskCompletionSource<List<BatchResultErrorEntry>>();
        _pump.PutIn(MessageOf("a"));
        _pump.Sqs.OnDelete = _ => deleting.Task;
        _pump.Start(TestContext.Current.CancellationToken);
        (await _pump.NextCallAsync()).Finish();
        Assert.Equal(["a-1"], await _pump.NextDeletedAsync());

        _pump.PutIn(MessageOf("a", receiveCount: 2), MessageOf("b"));
        await _pump.NextCallAsync();
        deleting.SetResult([]);

        Assert.Equal(["a-2"], await _pump.NextDeletedAsync());
    }

    private static string IdOf(DeleteMessageBatchRequest request, string receipt) =>
        request.Entries.Single(entry => entry.ReceiptHandle == receipt).Id;
}
