using System.Diagnostics;
using Amazon.SQS.Model;
using ChatEvents.Queues;
using ChatEvents.Testing;
using static ChatEvents.Testing.RecordingSqs;

namespace ChatEvents.UnitTests.Queues;

public sealed class QueueMetersTests : IAsyncDisposable
{
    private static readonly TimeSpan RenewalPoint = TimeSpan.FromSeconds(21);
    private static readonly TimeSpan RenewalLinger = TimeSpan.FromMilliseconds(100);

    private readonly string _queue = $"measured-{Guid.NewGuid():N}"; // other tests have pumps of their own in this process
    private readonly PumpUnderTest _pump;
    private readonly RecordingMeters _meters = new(instrument => instrument.Meter.Name == QueueMeters.Name);

    public QueueMetersTests() => _pump = new PumpUnderTest(_queue);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string OfThisQueue => $"messaging.destination.name={_queue}";

    public async ValueTask DisposeAsync()
    {
        await _pump.DisposeAsync();
        _meters.Dispose();
    }

    [Theory(Timeout = 30_000)]
    [InlineData("messaging.client.consumed.messages", "{message}")]
    [InlineData("messaging.process.duration", "s")]
    [InlineData("chatevents.queue.message.age", "s")]
    [InlineData("chatevents.queue.messages.in_hand", "{message}")]
    [InlineData("chatevents.queue.messages.settled", "{message}")]
    [InlineData("chatevents.queue.leases.lost", "{lease}")]
    public async Task What_is_promised_to_be_measured_is_measured_in_its_unit(string name, string unit)
    {
        _pump.PutIn(MessageOf("a"));
        _pump.Start(TestContext.Current.CancellationToken);
        await _pump.NextCallAsync();

        var instrument = Assert.Single(_meters.Instruments, instrument => instrument.Name == name);
        Assert.Equal(unit, instrument.Unit);
        Assert.NotEmpty(instrument.Description!);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_time_from_receive_to_delete_is_measured_for_each_message()
    {
        _pump.PutIn(MessageOf("a"));
        _pump.Start(TestContext.Current.CancellationToken);
        var call = await _pump.NextCallAsync();
        Assert.Equal(1, _meters.SumOf("chatevents.queue.messages.in_hand", OfThisQueue));

        _pump.Time.Advance(TimeSpan.FromSeconds(3));
        call.Finish();
        await _pump.NextDeletedAsync();
        await UntilMeasuredAsync("messaging.process.duration");

        Assert.Equal([3.0], _meters.ValuesOf("messaging.process.duration", OfThisQueue, "outcome=done"));
        Assert.Equal(1, _meters.SumOf("messaging.client.consumed.messages", OfThisQueue));
        Assert.Equal(1, _meters.SumOf("chatevents.queue.messages.settled", OfThisQueue, "outcome=done"));
        Assert.Equal(0, _meters.SumOf("chatevents.queue.messages.in_hand", OfThisQueue));
        Assert.Equal(0, _meters.SumOf("chatevents.queue.leases.lost", OfThisQueue));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_lost_lease_is_counted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.PutIn(MessageOf("a"));
        _pump.Sqs.OnVisibilityChange = request => Task.FromResult<List<BatchResultErrorEntry>>(
            [.. request.Entries.Select(entry => new BatchResultErrorEntry
            {
                Id = entry.Id,
                Code = "ReceiptHandleIsInvalid",
                Message = "The input receipt handle is invalid.",
                SenderFault = true,
            })]);
        _pump.Start(cancellation);
        var call = await _pump.NextCallAsync();

        await _pump.Time.AdvanceToTimerAsync(RenewalPoint, cancellation);
        await _pump.Time.AdvanceToTimerAsync(RenewalLinger, cancellation);
        await call.StopWhenToldAsync();
        await UntilMeasuredAsync("chatevents.queue.leases.lost");

        Assert.Equal(1, _meters.SumOf("chatevents.queue.leases.lost", OfThisQueue));
        Assert.Equal(1, _meters.SumOf("chatevents.queue.messages.settled", OfThisQueue, "outcome=lease_lost"));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_age_of_a_message_counts_from_its_send_and_is_not_negative_if_the_senders_clock_is_ahead()
    {
        var sentAt = _pump.Time.GetUtcNow();
        _pump.Time.Advance(TimeSpan.FromSeconds(7));
        _pump.PutIn(SentAt("a", sentAt), SentAt("b", sentAt.AddMinutes(1)));
        _pump.Start(TestContext.Current.CancellationToken);
        await _pump.NextCallAsync();
        await _pump.NextCallAsync();

        Assert.Equal([7.0, 0.0], _meters.ValuesOf("chatevents.queue.message.age", OfThisQueue, "messaging.system=aws_sqs"));
    }

    [Fact(Timeout = 30_000)]
    public async Task Every_outcome_is_counted_by_its_name()
    {
        _pump.PutIn(MessageOf("failed", group: "blue"), MessageOf("behind", group: "blue"), MessageOf("unreadable"), MessageOf("given up"));
        _pump.Start(TestContext.Current.CancellationToken);
        var calls = new[] { await _pump.NextCallAsync(), await _pump.NextCallAsync(), await _pump.NextCallAsync() };
        calls.Single(call => call.MessageId == "failed").Fail();
        calls.Single(call => call.MessageId == "unreadable").Fail(new UnreadableMessageException("No JSON."));
        await UntilSettledAsync(3);
        var abandoned = _pump.AbandonAsync();
        await calls.Single(call => call.MessageId == "given up").StopWhenToldAsync();
        await abandoned;

        foreach (var outcome in (string[])["failed", "out_of_turn", "unreadable", "abandoned"])
            Assert.Equal(1, _meters.SumOf("chatevents.queue.messages.settled", OfThisQueue, $"outcome={outcome}"));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_work_on_a_message_is_a_span_of_its_senders_trace()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == QueueMeters.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = span =>
            {
                lock (spans) spans.Add(span); // other tests have pumps of their own
            },
        };
        ActivitySource.AddActivityListener(listener);
        var message = MessageOf("a");
        message.MessageAttributes = new() { ["traceparent"] = new() { StringValue = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01" } };
        _pump.PutIn(message);
        _pump.Start(TestContext.Current.CancellationToken);
        await _pump.NextCallAsync();

        Activity span;
        lock (spans) span = Assert.Single(spans, span => span.OperationName == $"process {_queue}");
        Assert.Equal(ActivityKind.Consumer, span.Kind);
        Assert.Equal("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01", span.ParentId);
        Assert.True(span.HasRemoteParent);
        Assert.Equal(
            [
                ("messaging.destination.name", _queue), ("messaging.message.id", "a"), ("messaging.operation.type", "process"),
                ("messaging.system", "aws_sqs"),
            ],
            span.Tags.Select(tag => (tag.Key, tag.Value)).Order());
    }

    private static Message SentAt(string id, DateTimeOffset instant)
    {
        var message = MessageOf(id);
        message.Attributes["SentTimestamp"] = $"{instant.ToUnixTimeMilliseconds()}";
        return message;
    }

    private Task UntilSettledAsync(int messages) => Patiently.UntilAsync(
        $"{messages} messages to be settled",
        () => _meters.SumOf("chatevents.queue.messages.settled", OfThisQueue) >= messages,
        Cancellation);

    private Task UntilMeasuredAsync(string instrument) =>
        Patiently.UntilAsync($"{instrument} to be measured", () => _meters.ValuesOf(instrument, OfThisQueue).Count > 0, Cancellation);
}
