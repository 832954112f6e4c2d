using System.Diagnostics.Metrics;
using System.Text.Json;
using ChatEvents.FanOut;
using Microsoft.Extensions.Configuration;

namespace ChatEvents.WorkerFunctions;

/// <summary>
/// Writes the fan-out's metrics to the function's log in CloudWatch's embedded metric format. CloudWatch makes the same metrics of them as
/// of those from a container's collector. A function has no collector, and none could run between invocations.
/// </summary>
/// <remarks>
/// Only if <c>Metrics:Namespace</c> is set, and only metrics that alarms and the dashboard use, because each metric costs money.
/// </remarks>
internal sealed class EmbeddedMetrics : IDisposable
{
    private const string Posts = "chatevents.posts";
    private const string Undelivered = "chatevents.message.undelivered";
    private const string Delivery = "chatevents.message.delivery.duration";

    /// <summary>1 to 100 values per metric and line: limit of CloudWatch.</summary>
    private const int MaxValues = 100;

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _posts = [];
    private readonly List<double> _deliveries = [];
    private readonly string? _namespace;
    private readonly TimeProvider _time;
    private long _undelivered;

    public EmbeddedMetrics(IConfiguration configuration, IMeterFactory meters, TimeProvider time)
    {
        (_namespace, _time) = (configuration["Metrics:Namespace"], time);
        if (string.IsNullOrEmpty(_namespace)) return;

        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == FanOutMeters.Name && ReferenceEquals(instrument.Meter.Scope, meters)
                && instrument.Name is Posts or Undelivered or Delivery)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) => Count(instrument.Name, count, tags));
        _listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => Time(seconds));
        _listener.Start();
    }

    /// <summary>
    /// Where the lines are written; CloudWatch finds them in the log. Not the console, to whose lines the runtime adds time and request id:
    /// CloudWatch makes metrics only of lines that are JSON.
    /// </summary>
    public TextWriter Output { get; set; } = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };

    /// <summary>Writes what was counted since the last call.</summary>
    public void Write()
    {
        lock (_gate)
        {
            foreach (var (outcome, count) in _posts)
            {
                Write([["outcome"]], [(Posts, "Count")], new() { ["outcome"] = outcome, [Posts] = count });
            }

            if (_deliveries.Count > 0 || _undelivered > 0)
                Write([[]], [(Undelivered, "Count")], new() { [Undelivered] = _undelivered });
            foreach (var values in _deliveries.Chunk(MaxValues))
                Write([[]], [(Delivery, "Seconds")], new() { [Delivery] = values });

            _posts.Clear();
            _deliveries.Clear();
            _undelivered = 0;
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Count(string instrument, long count, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            if (instrument == Undelivered)
            {
                _undelivered += count;
                return;
            }

            var outcome = (string)tags[0].Value!;
            _posts[outcome] = _posts.GetValueOrDefault(outcome) + count;
        }
    }

    private void Time(double seconds)
    {
        lock (_gate) _deliveries.Add(seconds);
    }

    private void Write(string[][] dimensions, (string Name, string Unit)[] metrics, Dictionary<string, object> line)
    {
        line["_aws"] = new
        {
            Timestamp = _time.GetUtcNow().ToUnixTimeMilliseconds(),
            CloudWatchMetrics = new[]
            {
                new
                {
                    Namespace = _namespace,
                    Dimensions = dimensions,
                    Metrics = metrics.Select(metric => new { metric.Name, metric.Unit }),
                },
            },
        };
        Output.WriteLine(JsonSerializer.Serialize(line));
    }
}
