using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.ECR;
using Amazon.CDK.AWS.Ecr.Assets;
using Amazon.CDK.AWS.ECS;
using Amazon.CDK.AWS.Logs;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Routes;
using Constructs;

namespace ChatEvents.Deploy.Workers;

/// <summary>Registry and fan-out as services on one Fargate cluster.</summary>
public sealed class ContainerWorkers : ChatWorkers
{
    // A shard of a room of 100,000 is 6,250 posts, which take four seconds if six tasks share an account's quota. Fifty usual messages
    // take ten seconds.
    private const int MessagesPerWalk = 20;

    private static readonly Duration Minute = Duration.Minutes(1);

    private readonly ChatConfig _config;
    private readonly WorkerNetwork _network;
    private readonly TelemetrySidecar _telemetry;

    public ContainerWorkers(
        Construct scope, string id, ChatConfig config, SizePlan plan, ChatQueues queues, ChatTables tables, ChatApi api)
        : base(scope, id)
    {
        _config = config;
        _network = new WorkerNetwork(this, "Network", config.Network);
        Cluster = new Cluster(this, "Cluster", new ClusterProps
        {
            Vpc = _network.Vpc,
            // Scaling needs the number of running tasks, which is a metric of Container Insights.
            ContainerInsights = true,
            EnableFargateCapacityProviders = config.Spot,
        });

        Posts = new PostMetrics(config);
        _telemetry = new TelemetrySidecar(this, "Telemetry", config, Posts);
        Registry = Create("Registry", "connection-registry", "ChatEvents.ConnectionRegistry", plan.Registry,
            [new Backlog("connections", queues.Connections.Queue)],
            WorkerSettings.OfRegistry(queues, tables, api));
        WorkerRights.GrantConsuming(Registry.Task.TaskRole, queues.Connections);
        WorkerRights.GrantRegistryHosting(Registry.Task.TaskRole, tables);
        WorkerRights.GrantRegistry(Registry.Task.TaskRole, queues, tables);
        if (config.Auth.HasAuthorizer) WorkerRights.GrantModeration(Registry.Task.TaskRole, tables, api);
        WorkerRights.GrantEnding(Registry.Task.TaskRole, tables, api);
        WorkerRights.GrantSweep(Registry.Task.TaskRole, tables, api);

        FanOut = Create("FanOut", "fan-out", "ChatEvents.FanOut", plan.FanOut,
            // Late deliveries wait for their clients or for the account's quota; more tasks would not help.
            [new Backlog("messages", queues.Messages.Queue), new Backlog("walks", queues.Walks.Queue, MessagesPerWalk)],
            WorkerSettings.OfFanOut(config, queues, tables, api));
        foreach (var queue in queues.OfFanOut) WorkerRights.GrantConsuming(FanOut.Task.TaskRole, queue);
        WorkerRights.GrantFanOut(FanOut.Task.TaskRole, queues, tables, api);
        WorkerRights.GrantFanOutHosting(FanOut.Task.TaskRole, tables);
    }

    public Cluster Cluster { get; }

    public override PostMetrics Posts { get; }

    public WorkerService Registry { get; }

    public WorkerService FanOut { get; }

    public IReadOnlyList<WorkerService> All => [Registry, FanOut];

    public override IReadOnlyList<MetricGraph> Graphs =>
    [
        new("CPU of the workers", [.. All.Select(worker => worker.Service.MetricCpuUtilization(EachMinute("Average", worker)))]),
        new("Memory of the workers", [.. All.Select(worker => worker.Service.MetricMemoryUtilization(EachMinute("Maximum", worker)))]),
        new("Running tasks", [.. All.Select(worker => worker.RunningTasks(EachMinute("Average", worker)))]),
    ];

    public override IReadOnlyList<ILogGroup> Logs => [.. All.Select(worker => worker.Logs)];

    private static MetricOptions EachMinute(string statistic, WorkerService worker) =>
        new() { Period = Minute, Statistic = statistic, Label = worker.Node.Id };

    private WorkerService Create(
        string id, string image, string program, ServicePlan plan, IReadOnlyList<Backlog> backlogs, Dictionary<string, string> settings) =>
        new(this, id, new WorkerServiceProps
        {
            Config = _config,
            Plan = plan,
            Cluster = Cluster,
            Network = _network,
            Image = ImageOf(image),
            Telemetry = _telemetry,
            Backlogs = backlogs,
            Environment = settings,
            HealthCommand = ["dotnet", $"{program}.dll", "health"],
        });

    private ContainerImage ImageOf(string name)
    {
        if (_config.Images is { } images)
        {
            var repository = Repository.FromRepositoryName(this, $"Images-{name}", $"{images.RepositoryPrefix}/{name}");
            return ContainerImage.FromEcrRepository(repository, images.Tag);
        }

        return ContainerImage.FromAsset(SourceTree.Root, new AssetImageProps
        {
            File = "deploy/Dockerfile",
            Target = name,
            BuildArgs = new Dictionary<string, string> { ["VERSION"] = SourceTree.Version },
            Platform = _config.Architecture == Configuration.CpuArchitecture.Arm64 ? Platform_.LINUX_ARM64 : Platform_.LINUX_AMD64,
        });
    }
}
