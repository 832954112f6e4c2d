using System.Globalization;
using System.Text.RegularExpressions;
using ChatEvents.Bench.Cells;
using ChatEvents.Deploy;

namespace ChatEvents.DeployTests;

/// <summary>The simulation behind docs/scale.md, held against what was measured and against what must hold anyway.</summary>
public partial class CellTests
{
    private static readonly Conditions Measured = new() { Workers = 1, PostSpread = 0 };

    [Fact]
    public void It_agrees_with_the_measured_broadcast_of_one_cell_within_15_percent()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "performance.md"));
        var measured = double.Parse(MeasuredBroadcast().Match(page).Groups[1].Value, CultureInfo.InvariantCulture);

        var simulated = Broadcast.Run(Measured, connections: 10_000, cells: 1).Seconds;

        Assert.InRange(simulated, 0.85 * measured, 1.15 * measured);
    }

    [Fact]
    public void The_same_seed_gives_the_same_broadcast() =>
        Assert.Equal(Broadcast.Run(new Conditions(), 50_000, 3, seed: 7), Broadcast.Run(new Conditions(), 50_000, 3, seed: 7));

    [Theory]
    [InlineData(40_000, 1)]
    [InlineData(200_000, 4)]
    public void No_cell_is_faster_than_its_quota(int connections, int cells)
    {
        var conditions = new Conditions { Workers = 8 };

        var result = Broadcast.Run(conditions, connections, cells);

        Assert.InRange(result.Seconds, (connections / cells - conditions.Burst) / conditions.Quota, 2.0 * connections / cells / conditions.Quota);
        Assert.True(result.Refused > 0, "Eight workers begin with eight times the quota.");
    }

    [Fact]
    public void Ten_cells_take_a_tenth_of_the_time_and_cost_no_more_per_message()
    {
        var one = Broadcast.Run(new Conditions(), 500_000, 1);
        var ten = Broadcast.Run(new Conditions(), 500_000, 10);

        Assert.InRange(ten.Seconds, one.Seconds / 12, one.Seconds / 8);
        Assert.Equal(Costs.OfBroadcast(500_000, 1), Costs.OfBroadcast(500_000, 10), tolerance: 0.001);
    }

    [Fact]
    public void A_raised_quota_helps_as_long_as_the_workers_can_use_it()
    {
        var raised = new Conditions { Quota = 40_000, Burst = 20_000 };

        var byFour = Broadcast.Run(raised, 400_000, 1).Seconds;
        var byOne = Broadcast.Run(raised with { Workers = 1 }, 400_000, 1).Seconds;

        Assert.InRange(byFour, 9, 13);
        Assert.InRange(byOne, 38, 45);
    }

    [Fact]
    public void The_scale_page_has_the_table_that_the_simulation_prints()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "scale.md"));

        Assert.Contains(Table.Row(new Conditions(), 10_000, 1), page, StringComparison.Ordinal);
        Assert.Contains(Table.Row(new Conditions(), 100_000, 10), page, StringComparison.Ordinal);
        Assert.Contains(Table.Row(new Conditions(), 1_000_000, 20), page, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\| one message to 10,000 clients[^|]*\|[^|]*\| (\d+\.\d+) s ")]
    private static partial Regex MeasuredBroadcast();
}
