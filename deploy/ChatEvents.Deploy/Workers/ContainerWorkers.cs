using Amazon.CDK.AWS.ECR;
using Amazon.CDK.AWS.Ecr.Assets;
using Amazon.CDK.AWS.ECS;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Routes;
using Constructs;

namespace ChatEvents.Deploy.Workers;

/// <summary>Registry and fan-out as services on one Fargate cluster.</summary>
public sealed class ContainerWorkers : Construct
{
    private readonly ChatConfig _config;
    private readonly WorkerNetwork _network;

    public ContainerWorkers(
        Construct scope, string id, ChatConfig config, SizePlan plan, ChatQueues queues, ChatTables tables, ChatApi api)
        : base(scope, id)
    {
        _config = config;
        _network = new WorkerNetwork(this, "Network", config.Network);
        Cluster = new Cluster(this, "Cluster", new ClusterProps
        {
            Vpc = _network.Vpc,
            // The number of running tasks, which scaling needs, is a metric of Container Insights.
            ContainerInsights = true,
        });

        Telemetry = new TelemetrySidecar(this, "Telemetry", config);
        Registry = Create("Registry", "connection-registry", "ChatEvents.ConnectionRegistry", plan.Registry, queues.Connections,
            WorkerSettings.OfRegistry(queues, tables));
        WorkerRights.GrantRegistry(Registry.Task.TaskRole, queues, tables, api);

        FanOut = Create("FanOut", "fan-out", "ChatEvents.FanOut", plan.FanOut, queues.Messages,
            WorkerSettings.OfFanOut(config, queues, tables));
        WorkerRights.GrantFanOut(FanOut.Task.TaskRole, queues, tables, api);
    }

    public Cluster Cluster { get; }

    public TelemetrySidecar Telemetry { get; }

    public WorkerService Registry { get; }

    public WorkerService FanOut { get; }

    public IReadOnlyList<WorkerService> All => [Registry, FanOut];

    private WorkerService Create(
        string id, string image, string program, ServicePlan plan, QueueWithDeadLetters queue, Dictionary<string, string> settings) =>
        new(this, id, new WorkerServiceProps
        {
            Config = _config,
            Plan = plan,
            Cluster = Cluster,
            Network = _network,
            Image = ImageOf(image),
            Telemetry = Telemetry,
            Queue = queue.Queue,
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
            Platform = _config.Architecture == Configuration.CpuArchitecture.Arm64 ? Platform_.LINUX_ARM64 : Platform_.LINUX_AMD64,
        });
    }
}
