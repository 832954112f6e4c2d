using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ChatEvents.Bench.Chat;

/// <summary>What the workers of this process posted, by the meters that they export.</summary>
internal sealed class PostCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _byOutcome = [];

    public PostCounter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "chatevents.posts")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            _byOutcome.AddOrUpdate((string)tags[0].Value!, count, (_, sum) => sum + count));
        _listener.Start();
    }

    public long Accepted => _byOutcome.GetValueOrDefault("delivered");

    public long Refused => _byOutcome.GetValueOrDefault("throttled");

    public void Dispose() => _listener.Dispose();
}
