using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ChatEvents.Queues;

/// <summary>
/// Metrics and traces of the pump. Names with <c>messaging</c> follow OpenTelemetry's semantic conventions, the others are ours.
/// </summary>
public sealed class QueueMeters
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "ChatEvents.Queues";

    private static readonly Meter Meter = new(Name);
    private static readonly ActivitySource Activities = new(Name);

    private static readonly Counter<long> ReceivedMessages =
        Meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Messages received, repeats included.");

    private static readonly Histogram<double> Age =
        Meter.CreateHistogram<double>("chatevents.queue.message.age", "s", "From the send of a message to its receive.");

    private static readonly UpDownCounter<long> InHand =
        Meter.CreateUpDownCounter<long>("chatevents.queue.messages.in_hand", "{message}", "Messages received and not settled yet.");

    private static readonly Counter<long> SettledMessages =
        Meter.CreateCounter<long>("chatevents.queue.messages.settled", "{message}", "Messages settled, by outcome.");

    private static readonly Histogram<double> ReceiveToSettle =
        Meter.CreateHistogram<double>("messaging.process.duration", "s", "From the receive of a message until it is deleted or returned.");

    private static readonly Counter<long> LeasesLost =
        Meter.CreateCounter<long>("chatevents.queue.leases.lost", "{lease}", "Messages whose visibility ended while they were in hand.");

    private readonly TagList _tags;
    private readonly string _queue;

    /// <param name="queue">Name or URL; measured by its name.</param>
    internal QueueMeters(string queue)
    {
        _queue = queue[(queue.LastIndexOf('/') + 1)..];
        _tags = new() { { "messaging.system", "aws_sqs" }, { "messaging.destination.name", _queue } };
    }

    internal void Received(ReceivedMessage message, DateTimeOffset now)
    {
        ReceivedMessages.Add(1, _tags);
        InHand.Add(1, _tags);
        if (message.SentAt is { } sentAt) Age.Record(Math.Max(0, (now - sentAt).TotalSeconds), _tags);
    }

    internal void Settled(WorkOutcome outcome, TimeSpan sinceReceive)
    {
        var tags = _tags;
        tags.Add("outcome", NameOf(outcome));
        InHand.Add(-1, _tags);
        SettledMessages.Add(1, tags);
        ReceiveToSettle.Record(sinceReceive.TotalSeconds, tags);
        if (outcome is WorkOutcome.LeaseLost) LeasesLost.Add(1, _tags);
    }

    /// <summary>Starts an activity for the work on one message, within the trace of its publisher.</summary>
    internal Activity? StartWork(ReceivedMessage message)
    {
        _ = ActivityContext.TryParse(message.Trace.TraceParent, null, isRemote: true, out var publisher);
        var activity = Activities.StartActivity($"process {_queue}", ActivityKind.Consumer, publisher);
        activity?.SetTag("messaging.system", "aws_sqs");
        activity?.SetTag("messaging.destination.name", _queue);
        activity?.SetTag("messaging.operation.type", "process");
        activity?.SetTag("messaging.message.id", message.MessageId);
        return activity;
    }

    private static string NameOf(WorkOutcome outcome) => outcome switch
    {
        WorkOutcome.Done => "done",
        WorkOutcome.Failed => "failed",
        WorkOutcome.Unreadable => "unreadable",
        WorkOutcome.OutOfTurn => "out_of_turn",
        WorkOutcome.LeaseLost => "lease_lost",
        _ => "abandoned",
    };
}
