using System.Globalization;
using ChatEvents.Load.Figures;

namespace ChatEvents.Load.Output;

/// <summary>The figures of a run, as people read them.</summary>
internal static class SummaryTable
{
    public static void Print(Summary summary, TextWriter writer)
    {
        var table = new Table("figure", "value");
        table.Add("connects/s", Text(summary.ConnectsPerSecond));
        table.Add("said", Text(summary.Said));
        table.Add("accepted", Text(summary.Accepted));
        table.Add("heard", summary.FromHistory == 0 ? Text(summary.Heard) : $"{Text(summary.Heard)}, of them {Text(summary.FromHistory)} from the history");
        table.Add("lost", Text(summary.Lost));
        table.Add("repeated", Text(summary.Repeated));
        table.Add("out of order", Text(summary.OutOfOrder));
        table.Add("reconnects", Text(summary.Reconnects));
        foreach (var (name, part) in ((string, double)[])[("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1)])
            table.Add($"{name} to the last client", summary.Delays.Count == 0 ? "none" : $"{Text(Percentiles.At(summary.Delays, part).TotalMilliseconds)} ms");
        table.Print(writer);
    }

    private static string Text(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Text(double number) => number.ToString(number < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture);
}
