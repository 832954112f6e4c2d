using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ChatEvents.FanOut;

namespace ChatEvents.FanOutTests;

/// <summary>Counts the posts of all workers that some hosts run, by the meters that they export.</summary>
internal sealed class PostCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _byOutcome = [];
    private long _inFlight;

    /// <param name="workers">Other tests have workers of their own; each host has a meter factory.</param>
    public PostCounter(IReadOnlyCollection<IMeterFactory> workers)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == FanOutMeters.Name && workers.Contains(instrument.Meter.Scope)
                && instrument.Name is "chatevents.posts" or "chatevents.posts.in_flight")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
        {
            if (instrument.Name == "chatevents.posts.in_flight") Interlocked.Add(ref _inFlight, count);
            else _byOutcome.AddOrUpdate((string)tags[0].Value!, count, (_, sum) => sum + count);
        });
        _listener.Start();
    }

    public long InFlight => Interlocked.Read(ref _inFlight);

    public long Accepted => _byOutcome.GetValueOrDefault("delivered");

    public long Refused => _byOutcome.GetValueOrDefault("throttled");

    public void Dispose() => _listener.Dispose();
}
