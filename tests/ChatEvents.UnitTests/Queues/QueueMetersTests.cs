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

    private Task UntilMeasuredAsync(string instrument) =>
        Patiently.UntilAsync($"{instrument} to be measured", () => _meters.ValuesOf(instrument, OfThisQueue).Count > 0, Cancellation);
}
