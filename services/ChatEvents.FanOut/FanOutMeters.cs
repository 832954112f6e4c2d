using System.Diagnostics;
using System.Diagnostics.Metrics;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.Queues;
using MassTransit;

namespace ChatEvents.FanOut;

/// <summary>Metrics and traces of the fan-out, named <see cref="Name"/>. Nothing is tagged by connection.</summary>
public sealed class FanOutMeters : IDisposable
{
    public const string Name = "ChatEvents.FanOut";

    private static readonly KeyValuePair<string, object?>[] OutcomeTags = Array.ConvertAll(
        Enum.GetValues<DeliveryOutcome>(),
        outcome => new KeyValuePair<string, object?>("outcome", outcome.ToString().ToLowerInvariant()));

    private readonly Meter _meter;
    private readonly TimeProvider _time;
    private readonly Counter<long> _posts;
    private readonly Histogram<double> _postDuration;
    private readonly Counter<long> _pages;
    private readonly Histogram<long> _connections;
    private readonly Histogram<double> _deliveryDuration;
    private readonly Counter<long> _undelivered;
    private readonly UpDownCounter<long> _parked;
    private readonly Counter<long> _refused;
    private int _inFlight;

    public FanOutMeters(IMeterFactory factory, PostRate rate, PostPacer pacer, QueueGate gate, TimeProvider time)
    {
        _time = time;
        _meter = factory.Create(Name);
        _posts = _meter.CreateCounter<long>("chatevents.posts", "{post}", "Posts to connections, by outcome.");
        _postDuration = _meter.CreateHistogram<double>(
            "chatevents.post.duration", "s", "Time from request to answer of a post, by outcome.");

        // Observed, because two measurements per post would cost more than everything else that is counted here.
        _meter.CreateObservableUpDownCounter(
            "chatevents.posts.in_flight", () => Volatile.Read(ref _inFlight), "{post}", "Posts under way.");
        _pages = _meter.CreateCounter<long>("chatevents.pages", "{page}", "Pages of rooms that were read.");
        _connections = _meter.CreateHistogram<long>(
            "chatevents.message.connections", "{connection}", "Connections that a message was delivered to.");
        _deliveryDuration = _meter.CreateHistogram<double>(
            "chatevents.message.delivery.duration",
            "s",
            "Time from the gateway's receipt of a message to its last delivery, except late ones.");
        _undelivered = _meter.CreateCounter<long>(
            "chatevents.message.undelivered", "{connection}", "Connections that did not get a message after all retries.");
        _refused = _meter.CreateCounter<long>(
            "chatevents.messages.refused", "{message}", "Messages that were not posted to anybody, by reason.");
        _parked = _meter.CreateUpDownCounter<long>(
            "chatevents.connections.parked", "{connection}", "Connections that do not read, and that the worker waits for.");
        _meter.CreateObservableGauge(
            "chatevents.posts.waiting", () => pacer.Waiting, "{post}", "Posts that wait for their turn.");
        _meter.CreateObservableGauge(
            "chatevents.gateway.reachable", () => gate.Trouble is null ? 1 : 0, "1", "1, or 0 while no post is answered and all are held.");
        _meter.CreateObservableGauge("chatevents.rate", () => rate.Current, "{post}/s", "Posts a second that this worker allows itself.");
    }

    /// <summary>One activity per message, never one per connection.</summary>
    public static ActivitySource Activities { get; } = new(Name);

    /// <summary>Continues the trace that began with the client's frame, as it came through the queue.</summary>
    public static Activity? StartActivity(string name, ConsumeContext context)
    {
        ActivityContext parent = default;
        if (context.TryGetPayload<ReceivedMessage>(out var received))
            ActivityContext.TryParse(received.Trace.TraceParent, null, isRemote: true, out parent);
        return Activities.StartActivity(name, ActivityKind.Consumer, parent);
    }

    /// <summary>The start of a post, for <see cref="EndPost"/>.</summary>
    public long BeginPost()
    {
        CountUnderWay(1);
        return _postDuration.Enabled ? _time.GetTimestamp() : 0;
    }

    public void EndPost(long begunAt, Delivery delivery)
    {
        var tag = OutcomeTags[(int)delivery.Outcome];
        CountUnderWay(-1);
        _posts.Add(1, tag);
        if (_postDuration.Enabled)
            _postDuration.Record(_time.GetElapsedTime(begunAt).TotalSeconds, tag);
    }

    /// <summary>A connection was passed over, because nothing may be posted to its endpoint.</summary>
    public void CountForbidden() => _posts.Add(1, OutcomeTags[(int)DeliveryOutcome.Forbidden]);

    /// <summary>For a request that looks like a post, but is not counted by its outcome.</summary>
    public void CountUnderWay(int change) => Interlocked.Add(ref _inFlight, change);

    public void CountPage() => _pages.Add(1);

    public void CountMessage(int connections, DateTimeOffset postedAt)
    {
        _connections.Record(connections);
        _deliveryDuration.Record((_time.GetUtcNow() - postedAt).TotalSeconds);
    }

    /// <param name="reason"><c>rate_limited</c>, <c>too_large</c>, <c>too_old</c>.</param>
    public void CountRefused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void CountUndelivered() => _undelivered.Add(1);

    public void CountParked(int change) => _parked.Add(change);

    /// <summary>Measures late connections.</summary>
    public void ObserveLate(Func<int> count) => _meter.CreateObservableGauge(
        "chatevents.connections.late",
        count,
        "{connection}",
        "Connections with messages waiting: in their handshake, slow to read, or retried.");

    public void Dispose() => _meter.Dispose();
}
