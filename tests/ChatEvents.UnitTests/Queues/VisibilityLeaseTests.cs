using Amazon.SQS.Model;
using static ChatEvents.Testing.RecordingSqs;

namespace ChatEvents.UnitTests.Queues;

public sealed class VisibilityLeaseTests : IAsyncDisposable
{
    private static readonly TimeSpan RenewalPoint = TimeSpan.FromSeconds(21);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan RenewalLinger = TimeSpan.FromMilliseconds(100);
    private readonly PumpUnderTest _pump = new();

    public ValueTask DisposeAsync() => _pump.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task Leases_are_renewed_in_one_request_when_seven_tenths_of_the_timeout_are_over()
    {
        _pump.PutIn([.. Enumerable.Range(0, 10).Select(i => MessageOf($"m{i}"))]);
        _pump.Start(TestContext.Current.CancellationToken);
        for (var i = 0; i < 10; i++) await _pump.NextCallAsync();

        _pump.Time.Advance(RenewalPoint - TimeSpan.FromTicks(1));
        Assert.Empty(_pump.Sqs.VisibilityChanges.All);
        _pump.Time.Advance(TimeSpan.FromTicks(1));

        var renewed = await _pump.NextHiddenAsync();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => ($"m{i}-1", (int?)30)), renewed.Order());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_lease_is_renewed_again_and_again_while_its_handler_works()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.PutIn(MessageOf("a"));
        _pump.Start(cancellation);
        var call = await _pump.NextCallAsync();

        for (var renewal = 0; renewal < 5; renewal++)
        {
            await _pump.Time.AdvanceToTimerAsync(RenewalPoint, cancellation);
            await _pump.Time.AdvanceToTimerAsync(RenewalLinger, cancellation);
            Assert.Equal([("a-1", 30)], await _pump.NextHiddenAsync());
        }

        Assert.False(call.ToldToStop.IsCompleted);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")]
    [InlineData("MessageNotInflight", "The message is not in flight.")]
    [InlineData("AWS.SimpleQueueService.MessageNotInflight", "The message is not in flight.")]
    [InlineData("InvalidParameterValue", "Value a for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")]
    [InlineData("InvalidParameterValueException", "Value a for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")]
    public async Task A_lost_lease_cancels_its_handler_and_settles_nothing(string code, string message)
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.Options.MaxInHand = 1;
        _pump.PutIn(MessageOf("a"), MessageOf("b"));
        _pump.Sqs.OnVisibilityChange = _ => Failing(code, message);
        _pump.Start(cancellation);
        var call = await _pump.NextCallAsync();

        await _pump.Time.AdvanceToTimerAsync(RenewalPoint, cancellation);
        await _pump.Time.AdvanceToTimerAsync(RenewalLinger, cancellation);
        await call.StopWhenToldAsync();

        Assert.Equal("b", (await _pump.NextCallAsync()).MessageId);
        Assert.Empty(_pump.Sqs.Deletes.All);
        Assert.Single(_pump.Sqs.VisibilityChanges.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_renewal_that_fails_is_tried_again_while_the_lease_lasts_and_then_the_handler_is_cancelled()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.PutIn(MessageOf("a"));
        _pump.Sqs.OnVisibilityChange = _ => throw new HttpRequestException("Connection refused.");
        _pump.Start(cancellation);
        var call = await _pump.NextCallAsync();

        await _pump.Time.AdvanceToTimerAsync(RenewalPoint, cancellation);
        for (var failure = 1; failure <= 5; failure++)
        {
            await _pump.Time.AdvanceToTimerAsync(RenewalLinger, cancellation);
            await _pump.Time.AdvanceToTimerAsync(RetryPause, cancellation);
        }

        // 29.0 s are over; the last try fails at 29.1 s, and at 30 s the message is visible to others.
        await _pump.Time.AdvanceToTimerAsync(RenewalLinger, cancellation);
        await _pump.Time.TimerAsync(TimeSpan.FromSeconds(0.9), cancellation);
        Assert.False(call.ToldToStop.IsCompleted);
        _pump.Time.Advance(TimeSpan.FromSeconds(0.9));
        await call.ToldToStop;
    }

    [Theory(Timeout = 30_000)]
    [InlineData("InternalError", "Later.")]
    [InlineData("InternalError", "The ReceiptHandle could not be looked up.")]
    [InlineData("InvalidParameterValue", "Value 30 for parameter VisibilityTimeout is invalid.")]
    public async Task A_renewal_that_fails_once_costs_nothing(string code, string message)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var failures = 1;
        _pump.PutIn(MessageOf("a"));
        _pump.Sqs.OnVisibilityChange = _ => failures-- > 0 ? Failing(code, message) : Task.FromResult<List<BatchResultErrorEntry>>([]);
        _pump.Start(cancellation);
        var call = await _pump.NextCallAsync();

        await _pump.Time.AdvanceToTimerAsync(RenewalPoint, cancellation);
        await _pump.Time.AdvanceToTimerAsync(RenewalLinger, cancellation);
        await _pump.Time.AdvanceToTimerAsync(RetryPause, cancellation);
        await _pump.Time.AdvanceToTimerAsync(RenewalLinger, cancellation);
        await _pump.Time.AdvanceToTimerAsync(RenewalPoint, cancellation);

        Assert.False(call.ToldToStop.IsCompleted);
    }

    [Fact(Timeout = 30_000)]
    public async Task Work_that_is_done_although_its_lease_was_lost_is_still_deleted_if_that_is_possible()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.PutIn(MessageOf("a"));
        _pump.Sqs.OnVisibilityChange = _ => Failing("MessageNotInflight", "The message is not in flight.");
        _pump.Start(cancellation);
        var call = await _pump.NextCallAsync();
        await _pump.Time.AdvanceToTimerAsync(RenewalPoint, cancellation);
        await _pump.Time.AdvanceToTimerAsync(RenewalLinger, cancellation);
        await call.ToldToStop;

        call.Finish();

        Assert.Equal(["a-1"], await _pump.NextDeletedAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_delete_that_fails_after_the_lease_was_lost_is_not_tried_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.Options.MaxInHand = 1;
        _pump.PutIn(MessageOf("a"), MessageOf("b"));
        _pump.Sqs.OnVisibilityChange = _ => Failing("MessageNotInflight", "The message is not in flight.");
        _pump.Sqs.OnDelete = _ => throw new HttpRequestException("Connection refused");
        _pump.Start(cancellation);
        var call = await _pump.NextCallAsync();
        await _pump.Time.AdvanceToTimerAsync(RenewalPoint, cancellation);
        await _pump.Time.AdvanceToTimerAsync(RenewalLinger, cancellation);
        await call.ToldToStop;

        call.Finish();

        Assert.Equal("b", (await _pump.NextCallAsync()).MessageId);
        Assert.Single(_pump.Sqs.Deletes.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_that_is_received_again_after_its_lease_was_lost_goes_back_by_its_newest_receipt()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.PutIn(MessageOf("a"));
        _pump.Sqs.OnVisibilityChange = request => request.Entries[0].ReceiptHandle == "a-1"
            ? Failing("MessageNotInflight", "The message is not in flight.")
            : Task.FromResult<List<BatchResultErrorEntry>>([]);
        _pump.Start(cancellation);
        var call = await _pump.NextCallAsync();
        await _pump.Time.AdvanceToTimerAsync(RenewalPoint, cancellation);
        await _pump.Time.AdvanceToTimerAsync(RenewalLinger, cancellation);
        await call.ToldToStop;
        await _pump.NextHiddenAsync();

        _pump.PutIn(MessageOf("a", receiveCount: 2), MessageOf("b"));
        await _pump.NextCallAsync();
        await call.StopWhenToldAsync();

        Assert.Equal([("a-2", 0)], await _pump.NextHiddenAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_return_waits_for_a_renewal_under_way_which_would_hide_the_message_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var renewing = new TaskCompletionSource<List<BatchResultErrorEntry>>();
        _pump.PutIn(MessageOf("a"));
        _pump.Sqs.OnVisibilityChange = request =>
            request.Entries[0].VisibilityTimeout == 30 ? renewing.Task : Task.FromResult<List<BatchResultErrorEntry>>([]);
        _pump.Start(cancellation);
        var call = await _pump.NextCallAsync();
        await _pump.Time.AdvanceToTimerAsync(RenewalPoint, cancellation);
        await _pump.Time.AdvanceToTimerAsync(RenewalLinger, cancellation);
        Assert.Equal([("a-1", 30)], await _pump.NextHiddenAsync());

        call.Fail();
        var returned = _pump.NextHiddenAsync();
        Assert.False(returned.IsCompleted);
        renewing.SetResult([]);

        Assert.Equal([("a-1", 1)], await returned);
    }

    private static Task<List<BatchResultErrorEntry>> Failing(string code, string message) => Task.FromResult<List<BatchResultErrorEntry>>(
        [new() { Id = "0", Code = code, Message = message, SenderFault = code != "InternalError" }]);
}
