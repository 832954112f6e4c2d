using System.Globalization;
using System.Text.Json.Nodes;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Workers;

namespace ChatEvents.Deploy.Costs;

/// <summary>What a deployment costs a month while nobody uses it, counted from its template. What use adds is in docs/deploy.md.</summary>
public sealed class MonthlyCosts
{
    // What Container Insights measures of a cluster, of each service and of each family of tasks.
    private const int InsightsPerCluster = 13;
    private const int InsightsPerService = 15;
    private const int InsightsPerFamily = 10;

    // Of Container Insights and of the meters, per task, with nobody there; an estimate.
    private const decimal LogGigabytesPerTask = 0.5m;

    // A long poll every 20 s by each task, or five by the mapping of a function.
    private const decimal PollsPerTask = 730 * 3600 / 20;
    private const decimal PollsPerMapping = 5 * PollsPerTask;

    private readonly ChatConfig _config;
    private readonly JsonObject _resources;

    private MonthlyCosts(ChatConfig config, JsonObject template)
    {
        _config = config;
        _resources = template["Resources"]!.AsObject();
        Lines = [.. (config.Workers == WorkerHosting.Ecs ? OfContainers() : OfFunctions()).Concat(OfMonitoring())];
    }

    public IReadOnlyList<CostLine> Lines { get; }

    public decimal Total => Lines.Sum(line => line.Dollars);

    public static MonthlyCosts Of(ChatConfig config, string templatePath) =>
        new(config, JsonNode.Parse(File.ReadAllText(templatePath))!.AsObject());

    private IEnumerable<CostLine> OfContainers()
    {
        var plan = SizePlan.Of(_config.Size);
        var tasks = plan.Registry.MinTasks + plan.FanOut.MinTasks;
        yield return OfTasks("connection registry", plan.Registry);
        yield return OfTasks("fan-out", plan.FanOut);
        if (Count("AWS::EC2::NatGateway") is > 0 and var gateways)
            yield return new("NAT gateway and its address", gateways * Prices.HoursPerMonth * (Prices.NatGatewayHour + Prices.PublicAddressHour));
        if (_config.Network is { Kind: NetworkKind.Public } or { AssignPublicIp: true })
            yield return new($"addresses of {tasks} tasks", tasks * Prices.HoursPerMonth * Prices.PublicAddressHour);

        var services = Count("AWS::ECS::Service");
        var insights = InsightsPerCluster + services * (InsightsPerService + InsightsPerFamily);
        yield return new($"Container Insights, {insights} metrics", insights * Prices.Metric);
        yield return new("logs of Container Insights and meters", tasks * LogGigabytesPerTask * Prices.LogGigabyte);
        var polls = PollsPerTask * (plan.Registry.MinTasks + plan.FanOut.MinTasks * FanOutQueues);
        yield return new("receives of empty queues", polls * Prices.MillionQueueRequests / 1_000_000);
    }

    private IEnumerable<CostLine> OfFunctions() =>
        [new("receives of empty queues", Count("AWS::Lambda::EventSourceMapping") * PollsPerMapping * Prices.MillionQueueRequests / 1_000_000)];

    private IEnumerable<CostLine> OfMonitoring()
    {
        var own = PostMetrics.Outcomes.Count + PostMetrics.Plain.Count;
        yield return new($"own metrics, {own}", own * Prices.Metric);
        var watched = OfType("AWS::CloudWatch::Alarm").Sum(MetricsOf);
        yield return new($"alarms, on {watched} metrics", watched * Prices.AlarmMetric);
        yield return new("dashboard", Count("AWS::CloudWatch::Dashboard") * Prices.Dashboard);
    }

    private int FanOutQueues => Count("AWS::SQS::Queue") / 2 - 1; // half of all are of dead letters, and one is the registry's

    private CostLine OfTasks(string name, ServicePlan plan)
    {
        var hour = plan.Cpu / 1024m * Prices.VcpuHour(_config.Architecture) + plan.MemoryMiB / 1024m * Prices.GibibyteHour(_config.Architecture);
        var size = string.Create(CultureInfo.InvariantCulture, $"{plan.Cpu / 1024m:0.##} vCPU, {plan.MemoryMiB / 1024m:0.##} GB");
        return new(
            $"{name}, {plan.MinTasks} x {size}{(_config.Spot ? ", Spot" : "")}",
            plan.MinTasks * hour * Prices.HoursPerMonth * (_config.Spot ? Prices.SpotShare : 1));
    }

    private static int MetricsOf(JsonObject alarm) =>
        alarm["Properties"]!["Metrics"]?.AsArray().Count(metric => metric!["MetricStat"] is not null) ?? 1;

    private int Count(string type) => OfType(type).Count();

    private IEnumerable<JsonObject> OfType(string type) =>
        _resources.Select(resource => resource.Value!.AsObject()).Where(resource => resource["Type"]!.ToString() == type);
}

/// <param name="What">In a few words.</param>
/// <param name="Dollars">A month.</param>
public sealed record CostLine(string What, decimal Dollars);
