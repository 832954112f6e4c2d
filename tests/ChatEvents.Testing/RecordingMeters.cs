using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ChatEvents.Testing;

/// <summary>What some instruments measure, from now on: every value with its tags.</summary>
public sealed class RecordingMeters : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Instrument> _instruments = [];
    private readonly ConcurrentDictionary<(string Instrument, string Tags), Series> _series = [];

    /// <param name="which">Meters are known to a whole process; other tests have theirs.</param>
    public RecordingMeters(Func<Instrument, bool> which)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!which(instrument)) return;
            _instruments.Enqueue(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public IReadOnlyCollection<Instrument> Instruments => _instruments;

    /// <summary>The values of one instrument, or of those with these tags, such as <c>outcome=gone</c>.</summary>
    public IReadOnlyList<double> ValuesOf(string instrument, params string[] tags) =>
        [.. SeriesOf(instrument, tags).SelectMany(series => series.Values)];

    public double SumOf(string instrument, params string[] tags) => SeriesOf(instrument, tags).Sum(series => series.Sum);

    /// <summary>All names of tags that an instrument was measured with.</summary>
    public IEnumerable<string> TagNamesOf(string instrument) => SeriesOf(instrument, [])
        .SelectMany(series => series.Tags)
        .Select(tag => tag[..tag.IndexOf('=', StringComparison.Ordinal)])
        .Distinct();

    /// <summary>What an instrument says that waits to be asked; all of that name together.</summary>
    public double Ask(string instrument)
    {
        lock (_listener)
        {
            var before = SumOf(instrument);
            AskGauges();
            return SumOf(instrument) - before;
        }
    }

    /// <summary>Asks the gauges, as an exporter does now and then.</summary>
    public void AskGauges() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();

    private IEnumerable<Series> SeriesOf(string instrument, string[] tags) => _series
        .Where(series => series.Key.Instrument == instrument && tags.All(series.Value.Tags.Contains))
        .Select(series => series.Value);

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var named = new string[tags.Length];
        for (var tag = 0; tag < tags.Length; tag++) named[tag] = $"{tags[tag].Key}={tags[tag].Value}";
        _series.GetOrAdd((instrument.Name, string.Join(',', named)), _ => new Series(named)).Add(value);
    }

    private sealed class Series(string[] tags)
    {
        private readonly List<double> _values = [];
        private double _sum;

        public string[] Tags => tags;

        public double Sum
        {
            get
            {
                lock (_values) return _sum;
            }
        }

        public IReadOnlyList<double> Values
        {
            get
            {
                lock (_values) return [.. _values];
            }
        }

        public void Add(double value)
        {
            lock (_values)
            {
                _values.Add(value);
                _sum += value;
            }
        }
    }
}
