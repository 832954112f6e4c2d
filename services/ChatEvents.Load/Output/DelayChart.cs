using System.Globalization;
using ChatEvents.Load.Figures;

namespace ChatEvents.Load.Output;

/// <summary>How long messages took to the last client, over the time of the run.</summary>
internal static class DelayChart
{
    private const int MaxSteps = 60;

    public static string Draw(LoadSettings settings, Summary summary, long begunAt, TimeProvider time)
    {
        var step = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(settings.Length.TotalSeconds / MaxSteps)));
        var steps = (int)Math.Ceiling(settings.Length / step);
        var bySteps = summary.Rooms.SelectMany(room => room.Delays)
            .ToLookup(delay => Math.Clamp((int)(time.GetElapsedTime(begunAt, delay.SaidAt) / step), 0, steps - 1), delay => delay.Length.TotalMilliseconds);
        var sorted = Enumerable.Range(0, steps).Select(index => bySteps[index].Order().ToList()).ToList();
        var chart = new LineChart(
            string.Create(CultureInfo.InvariantCulture, $"{settings.Clients:#,0} clients in {settings.Rooms:#,0} room{(settings.Rooms == 1 ? "" : "s")}, {settings.Rate:0.#} messages/s"),
            "seconds since the beginning",
            [.. Enumerable.Range(0, steps).Select(index => (index * step.TotalSeconds).ToString("0", CultureInfo.InvariantCulture))],
            "ms to the last client");
        foreach (var (name, part) in ((string, double)[])[("p50", 0.5), ("p99", 0.99), ("max", 1)])
            chart.Add(name, sorted.Select(delays => delays.Count == 0 ? (double?)null : Percentiles.At(delays, part)), isDashed: part == 1);
        return chart.ToString();
    }
}
