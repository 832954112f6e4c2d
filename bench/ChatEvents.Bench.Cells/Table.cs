using System.Globalization;

namespace ChatEvents.Bench.Cells;

/// <summary>The table of docs/scale.md.</summary>
public static class Table
{
    private static readonly int[] Connections = [10_000, 100_000, 1_000_000];

    private static readonly int[] Cells = [1, 2, 5, 10, 20, 50, 100];

    // Fewer in a cell make no sense: it costs more than it saves.
    private const int FewestPerCell = 1_000;

    public static void Print(Conditions conditions, TextWriter output)
    {
        output.WriteLine("| connections | cells | last client after | half after | posts refused | a message | a month | all connect within | reconnect after the loss of a cell |");
        output.WriteLine("|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var connections in Connections)
        {
            foreach (var cells in Cells.Where(cells => connections / cells >= FewestPerCell))
                output.WriteLine(Row(conditions, connections, cells));
        }
    }

    public static string Row(Conditions conditions, int connections, int cells)
    {
        var share = (double)connections / cells;
        var result = Broadcast.Run(conditions, connections, cells);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {connections:#,0} | {cells} | {result.Seconds:0.0} s | {result.HalfSeconds:0.0} s | {100 * result.Refused:0.0} % "
            + $"| {Costs.OfBroadcast(connections, cells):0.00} USD | {Costs.OfMonth(connections, cells):#,0} USD "
            + $"| {Time(share / conditions.ConnectsPerSecond)} | {(cells > 1 ? Time(share / (cells - 1) / conditions.ConnectsPerSecond) : "never")} |");
    }

    private static string Time(double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{(seconds < 120 ? seconds : seconds / 60):0.#} {(seconds < 120 ? "s" : "min")}");
}
