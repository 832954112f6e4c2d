using Amazon.CDK;
using Amazon.CDK.AWS.ApplicationAutoScaling;
using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.ECS;
using Amazon.CDK.AWS.Logs;
using ChatEvents.Deploy.Configuration;
using Constructs;
using HealthCheck = Amazon.CDK.AWS.ECS.HealthCheck;
using Queue = Amazon.CDK.AWS.SQS.Queue;

namespace ChatEvents.Deploy.Workers;

/// <summary>A worker as a service on Fargate that scales with its backlog.</summary>
public sealed class WorkerService : Construct
{
    /// <summary>
    /// The time between SIGTERM and SIGKILL. The workers need up to 25 s to finish or hand back what they hold; AWS allows 120 s.
    /// </summary>
    public static readonly Duration StopTimeout = Duration.Seconds(60);

    // How long ECS waits before it counts failed health checks of a new task.
    private static readonly Duration HealthStartPeriod = Duration.Seconds(60);

    public WorkerService(Construct scope, string id, WorkerServiceProps props)
        : base(scope, id)
    {
        Logs = LogGroups.Create(this, "Logs", props.Config);
        Task = CreateTask(props);
        Service = new FargateService(this, "Service", new FargateServiceProps
        {
            Cluster = props.Cluster,
            TaskDefinition = Task,
            AssignPublicIp = props.Network.AssignPublicIp,
            VpcSubnets = props.Network.Subnets,
            CapacityProviderStrategies = props.Config.Spot
                ? [new CapacityProviderStrategy { CapacityProvider = "FARGATE_SPOT", Weight = 1 }]
                : null,
            SecurityGroups = [props.Network.SecurityGroup],
            CircuitBreaker = new DeploymentCircuitBreaker { Rollback = true },
            // New tasks start first: the old ones drain while the new ones work already.
            MinHealthyPercent = 100,
            MaxHealthyPercent = 200,
            EnableECSManagedTags = true,
            PropagateTags = PropagatedTagSource.SERVICE,
        });
        // A task without a way out cannot pull its image, and ECS would take the rollout for a failed one.
        Service.Node.AddDependency(props.Network.WayOut);
        ScaleOnBacklog(props);
    }

    public FargateService Service { get; }

    public FargateTaskDefinition Task { get; }

    public LogGroup Logs { get; }

    /// <summary>The number of running tasks, as counted by Container Insights.</summary>
    public Metric RunningTasks(MetricOptions options) => InsightsMetric("RunningTaskCount", options);

    /// <summary>The number of desired tasks that do not run.</summary>
    public MathExpression MissingTasks(Duration period)
    {
        var options = new MetricOptions { Period = period, Statistic = "Average" };
        return new MathExpression(new MathExpressionProps
        {
            Expression = "wanted - running",
            UsingMetrics = new Dictionary<string, IMetric>
            {
                ["wanted"] = InsightsMetric("DesiredTaskCount", options),
                ["running"] = RunningTasks(options),
            },
            Period = period,
        });
    }

    private Metric InsightsMetric(string name, MetricOptions options) => new(new MetricProps
    {
        Namespace = "ECS/ContainerInsights",
        MetricName = name,
        DimensionsMap = new Dictionary<string, string>
        {
            ["ClusterName"] = Service.Cluster.ClusterName,
            ["ServiceName"] = Service.ServiceName,
        },
        Period = options.Period,
        Statistic = options.Statistic,
        Label = options.Label,
    });

    private FargateTaskDefinition CreateTask(WorkerServiceProps props)
    {
        var task = new FargateTaskDefinition(this, "Task", new FargateTaskDefinitionProps
        {
            Cpu = props.Plan.Cpu,
            MemoryLimitMiB = props.Plan.MemoryMiB,
            RuntimePlatform = new RuntimePlatform
            {
                CpuArchitecture = props.Config.Architecture == Configuration.CpuArchitecture.Arm64
                    ? Amazon.CDK.AWS.ECS.CpuArchitecture.ARM64
                    : Amazon.CDK.AWS.ECS.CpuArchitecture.X86_64,
                OperatingSystemFamily = OperatingSystemFamily.LINUX,
            },
        });
        var privileges = new LinuxParameters(this, "Privileges");
        privileges.DropCapabilities(Capability.ALL);
        task.AddContainer("worker", new ContainerDefinitionOptions
        {
            Image = props.Image,
            Environment = new Dictionary<string, string>(props.Environment)
            {
                ["AWS_REGION"] = Stack.Of(this).Region,
                // CloudWatch can search the members of a JSON document, and a stack trace stays in one event.
                ["Logging__Console__FormatterName"] = "json",
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:4317",
                ["OTEL_TRACES_SAMPLER"] = props.Telemetry.Sampler,
            },
            HealthCheck = new HealthCheck
            {
                Command = ["CMD", .. props.HealthCommand],
                Interval = Duration.Seconds(30),
                Retries = 5,
                StartPeriod = HealthStartPeriod,
                Timeout = Duration.Seconds(10),
            },
            LinuxParameters = privileges,
            Logging = LogDriver.AwsLogs(new AwsLogDriverProps
            {
                LogGroup = Logs,
                StreamPrefix = "worker",
                // Lines may be lost when CloudWatch is slow. A worker that waited for its log would delay messages instead.
                Mode = AwsLogDriverMode.NON_BLOCKING,
                MaxBufferSize = Size.Mebibytes(4),
            }),
            ReadonlyRootFilesystem = true,
            StopTimeout = StopTimeout,
        });
        props.Telemetry.AddTo(task, Logs);
        return task;
    }

    private void ScaleOnBacklog(WorkerServiceProps props)
    {
        // Without a role, it uses the one that Application Auto Scaling creates for ECS in every account.
        var target = new CfnScalableTarget(this, "Tasks", new CfnScalableTargetProps
        {
            ServiceNamespace = "ecs",
            ResourceId = $"service/{props.Cluster.ClusterName}/{Service.ServiceName}",
            ScalableDimension = "ecs:service:DesiredCount",
            MinCapacity = props.Plan.MinTasks,
            MaxCapacity = props.Plan.MaxTasks,
        });
        _ = new CfnScalingPolicy(this, "BacklogPerTask", new CfnScalingPolicyProps
        {
            PolicyName = $"{Node.Id}-backlog-per-task",
            PolicyType = "TargetTrackingScaling",
            ScalingTargetId = target.Ref,
            TargetTrackingScalingPolicyConfiguration = new CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty
            {
                TargetValue = props.Plan.BacklogPerTask,
                ScaleOutCooldown = 60,
                // Tasks end slowly: a chat that is quiet for a minute is often not over.
                ScaleInCooldown = 300,
                CustomizedMetricSpecification = new CfnScalingPolicy.CustomizedMetricSpecificationProperty
                {
                    Metrics = BacklogPerTask(props),
                },
            },
        });
    }

    private object[] BacklogPerTask(WorkerServiceProps props) =>
    [
        .. props.Backlogs.Select(backlog => Measured(
            backlog.Id, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Sum", ("QueueName", backlog.Queue.QueueName))),
        Measured(
            "tasks", "ECS/ContainerInsights", "RunningTaskCount", "Average",
            ("ClusterName", props.Cluster.ClusterName), ("ServiceName", Service.ServiceName)),
        new CfnScalingPolicy.TargetTrackingMetricDataQueryProperty
        {
            Id = "backlogPerTask",
            // SQS stops reporting a queue that was not used for six hours, and one missing value would make the sum missing.
            Expression = $"({string.Join(" + ", props.Backlogs.Select(backlog => $"FILL({backlog.Id}, 0) * {backlog.Weight}"))}) / tasks",
            Label = "Messages waiting per running task",
            ReturnData = true,
        },
    ];

    private static CfnScalingPolicy.TargetTrackingMetricDataQueryProperty Measured(
        string id, string metricNamespace, string metric, string statistic, params (string Name, string Value)[] dimensions) => new()
        {
            Id = id,
            ReturnData = false,
            MetricStat = new CfnScalingPolicy.TargetTrackingMetricStatProperty
            {
                Stat = statistic,
                Metric = new CfnScalingPolicy.TargetTrackingMetricProperty
                {
                    Namespace = metricNamespace,
                    MetricName = metric,
                    Dimensions = dimensions
                        .Select(dimension => new CfnScalingPolicy.TargetTrackingMetricDimensionProperty
                        {
                            Name = dimension.Name,
                            Value = dimension.Value,
                        })
                        .ToArray<object>(),
                },
            },
        };
}

/// <param name="Id">The name in the expression for scaling.</param>
/// <param name="Queue">The queue where the work waits.</param>
/// <param name="Weight">How many usual messages one message of this queue counts as.</param>
public sealed record Backlog(string Id, Queue Queue, int Weight = 1);

/// <summary>The properties that differ between workers.</summary>
public sealed record WorkerServiceProps
{
    public required ChatConfig Config { get; init; }

    public required ServicePlan Plan { get; init; }

    public required Cluster Cluster { get; init; }

    public required WorkerNetwork Network { get; init; }

    public required ContainerImage Image { get; init; }

    public required TelemetrySidecar Telemetry { get; init; }

    /// <summary>The queues whose backlog more tasks would reduce.</summary>
    public required IReadOnlyList<Backlog> Backlogs { get; init; }

    public required Dictionary<string, string> Environment { get; init; }

    /// <summary>The health check inside the container; its exit code is 0 when the worker is healthy.</summary>
    public required string[] HealthCommand { get; init; }
}
