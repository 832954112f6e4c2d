using System.Globalization;
using ChatEvents.Deploy;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Costs;
using ChatEvents.DeployTests.Synthesis;

namespace ChatEvents.DeployTests;

/// <summary>What is said about costs is counted from the template, and the docs say the same.</summary>
public class CostTests
{
    public static MatrixTheoryData<DeploymentSize, WorkerHosting> Sizes => new(Enum.GetValues<DeploymentSize>(), Enum.GetValues<WorkerHosting>());

    [Fact]
    public void The_small_deployment_has_a_line_for_everything_that_runs_while_nobody_is_there()
    {
        var costs = MonthlyCosts.Of(Synthesized.Config, Synthesized.Small.Path);

        Assert.Equal(
            [
                "connection registry, 1 x 0.25 vCPU, 0.5 GB: 7.21",
                "fan-out, 1 x 0.25 vCPU, 0.5 GB: 7.21",
                "NAT gateway and its address: 36.50",
                "Container Insights, 63 metrics: 18.90",
                "logs of Container Insights and meters: 0.50",
                "receives of empty queues: 0.26",
                "own metrics, 10: 3.00",
                $"alarms, on {MetricsWatched(Synthesized.Small)} metrics: {MetricsWatched(Synthesized.Small) * 0.1m:0.00}",
                "dashboard: 3.00",
            ],
            costs.Lines.Select(line => string.Create(CultureInfo.InvariantCulture, $"{line.What}: {line.Dollars:0.00}")));
        Assert.Equal(costs.Lines.Sum(line => line.Dollars), costs.Total);
    }

    [Fact]
    public void Spot_costs_a_third_of_the_tasks_and_a_public_network_has_no_NAT()
    {
        var config = new ChatConfig { Spot = true, Network = new NetworkConfig { Kind = NetworkKind.Public } };

        var costs = MonthlyCosts.Of(config, Synthesized.Development.Path).Lines.ToDictionary(line => line.What, line => Math.Round(line.Dollars, 2));

        Assert.Equal(2.16m, costs["fan-out, 1 x 0.25 vCPU, 0.5 GB, Spot"]);
        Assert.Equal(7.30m, costs["addresses of 2 tasks"]);
        Assert.DoesNotContain("NAT gateway and its address", costs.Keys);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_docs_give_the_total_of_each_size(DeploymentSize size, WorkerHosting workers)
    {
        // The sizes differ by their numbers only, so that one template does for all.
        var template = workers == WorkerHosting.Ecs ? Synthesized.Small : Synthesized.SmallFunctions;
        var total = MonthlyCosts.Of(new ChatConfig { Size = size, Workers = workers }, template.Path).Total;

        var row = Assert.Single(
            File.ReadLines(Path.Combine(SourceTree.Root, "docs", "deploy.md")).SkipWhile(line => line != "### What it costs"),
            line => line.StartsWith($"| `{size.ToString().ToLowerInvariant()}` |", StringComparison.Ordinal));
        Assert.Equal($"{total:0} USD", row.Split('|', StringSplitOptions.TrimEntries)[workers == WorkerHosting.Lambda ? 3 : 2]);
    }

    [Fact]
    public void The_simulation_of_cells_takes_a_cell_for_what_a_medium_deployment_costs() => Assert.InRange(
        ChatEvents.Bench.Cells.Costs.CellPerMonth,
        (double)MonthlyCosts.Of(new ChatConfig { Size = DeploymentSize.Medium }, Synthesized.Small.Path).Total - 5,
        (double)MonthlyCosts.Of(new ChatConfig { Size = DeploymentSize.Medium }, Synthesized.Small.Path).Total + 5);

    private static int MetricsWatched(Template template) => template.OfType("AWS::CloudWatch::Alarm")
        .Sum(alarm => alarm.Properties["Metrics"]?.AsArray().Count(metric => metric!["MetricStat"] is not null) ?? 1);
}
