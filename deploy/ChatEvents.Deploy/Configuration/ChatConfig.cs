using ChatEvents.Contracts;

namespace ChatEvents.Deploy.Configuration;

/// <summary>
/// Everything that can be chosen about a deployment, as it stands in <c>deploy/chat.json</c> (members in camelCase). A setting that
/// makes no sense stops the synthesis with one sentence that names it; see <see cref="ChatConfigRules"/>.
/// </summary>
public sealed record ChatConfig
{
    /// <summary>First part of the stack's name. Default <c>chat</c>; 2 to 20 of a-z, 0-9 and <c>-</c>, beginning with a letter.</summary>
    public string Name { get; init; } = "chat";

    /// <summary>
    /// Stage of the WebSocket API, the last part of its URL, and second part of the stack's name. Default <c>prod</c>; 1 to 20 of a-z,
    /// 0-9 and <c>-</c>.
    /// </summary>
    public string Stage { get; init; } = "prod";

    /// <summary>How much the deployment carries, and costs; see <see cref="SizePlan"/>. Default <see cref="DeploymentSize.Small"/>.</summary>
    public DeploymentSize Size { get; init; }

    /// <summary>
    /// Processor of Lambdas and containers. Default <see cref="CpuArchitecture.Arm64"/>, which is a fifth cheaper than x64. The route
    /// package must have been published for it.
    /// </summary>
    public CpuArchitecture Architecture { get; init; }

    /// <summary>
    /// What registry and fan-out run on; docs/deploy.md compares them. Default <see cref="WorkerHosting.Ecs"/>.
    /// </summary>
    public WorkerHosting Workers { get; init; }

    /// <summary>Where the containers run. With <see cref="WorkerHosting.Lambda"/> there are none, and it must be left out.</summary>
    public NetworkConfig Network { get; init; } = new();

    /// <summary>
    /// Images that are in the account's ECR already. Default none: the CDK builds them from this checkout and pushes them. Refused with
    /// <see cref="WorkerHosting.Lambda"/>.
    /// </summary>
    public ImagesConfig? Images { get; init; }

    /// <summary>
    /// Folder of the published route functions, relative to the checkout. Default <c>artifacts/routes</c>, which
    /// <c>deploy/publish-lambdas</c> fills.
    /// </summary>
    public string RoutesPackage { get; init; } = "artifacts/routes";

    /// <summary>
    /// Folder of the workers published as functions, relative to the checkout; used with <see cref="WorkerHosting.Lambda"/> only. Default
    /// <c>artifacts/workers</c>, which <c>deploy/publish-lambdas</c> fills.
    /// </summary>
    public string WorkersPackage { get; init; } = "artifacts/workers";

    /// <summary>
    /// Where connections are posted to, when the API has a custom domain: <c>https://chat.example.com/base-path</c>, without
    /// <c>/@connections</c>. Default none: the API's own address.
    /// </summary>
    public string? CallbackEndpoint { get; init; }

    /// <summary>
    /// The longest chat message in bytes of UTF-8. Default 65,536: half of what a frame may have, so that a template that escapes every
    /// character still fits. From 1 to 131,072.
    /// </summary>
    public int MaxMessageBytes { get; init; } = Limits.DefaultMaxChatMessageBytes;

    /// <summary>Who is mailed about alarms; must confirm the subscription. Default nobody: only the SNS topic is there.</summary>
    public string? AlarmEmail { get; init; }

    /// <summary>How long logs are kept, in days. Default 30; one of the values CloudWatch knows.</summary>
    public int LogRetentionDays { get; init; } = 30;

    /// <summary>
    /// Whether the stack gives API Gateway the role that it writes logs with. That role is one per account and region: set it to false
    /// where another stack has set one. Default true, because a stage with logs cannot be created without it.
    /// </summary>
    public bool ManageApiGatewayLogRole { get; init; } = true;

    /// <summary>Tags of every resource, beside <c>application</c> and <c>stage</c>. Default none.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The stack's name, and the beginning of the names of what it makes.</summary>
    public string StackName => $"{Name}-{Stage}";
}

/// <summary>What a deployment is cut for; <see cref="SizePlan"/> has the numbers and docs/deploy.md the costs.</summary>
public enum DeploymentSize
{
    Small,
    Medium,
    Large,
}

/// <summary>What the workers run on.</summary>
public enum WorkerHosting
{
    /// <summary>Containers that always run, on Fargate: the shortest way of a message, and no end to how long a broadcast may take.</summary>
    Ecs,

    /// <summary>Functions that SQS invokes: nothing runs, and next to nothing is paid, while nobody speaks.</summary>
    Lambda,
}

public enum CpuArchitecture
{
    Arm64,
    X64,
}

/// <summary>The network that the containers run in.</summary>
public sealed record NetworkConfig
{
    /// <summary>Default <see cref="NetworkKind.New"/>.</summary>
    public NetworkKind Kind { get; init; }

    /// <summary>Id of the VPC. Needed for an existing network, refused for the others.</summary>
    public string? VpcId { get; init; }

    /// <summary>Ids of the subnets that the tasks are spread over. Needed for an existing network; at least one, two are better.</summary>
    public IReadOnlyList<string> SubnetIds { get; init; } = [];

    /// <summary>The availability zone of each of <see cref="SubnetIds"/>, in the same order.</summary>
    public IReadOnlyList<string> AvailabilityZones { get; init; } = [];

    /// <summary>
    /// Whether the tasks of an existing network get a public address: true for public subnets, false (the default) behind a NAT.
    /// </summary>
    public bool AssignPublicIp { get; init; }

    /// <summary>
    /// Whether the existing VPC has an <c>execute-api</c> interface endpoint with private DNS. Must be answered for an existing network:
    /// such an endpoint swallows every call to API Gateway's own addresses and answers posts with 403, so that a custom domain is needed.
    /// </summary>
    public bool? HasExecuteApiEndpoint { get; init; }
}

public enum NetworkKind
{
    /// <summary>A new VPC in two zones: tasks in private subnets, one NAT gateway. No task can be reached from outside.</summary>
    New,

    /// <summary>
    /// A new VPC with public subnets only: tasks have public addresses, and a security group that lets nothing in. Saves the NAT gateway.
    /// </summary>
    Public,

    /// <summary>A VPC that is there already.</summary>
    Existing,
}

/// <summary>Images in the account's own ECR: <c>{RepositoryPrefix}/connection-registry:{Tag}</c> and <c>{RepositoryPrefix}/fan-out:{Tag}</c>.</summary>
public sealed record ImagesConfig
{
    /// <summary>Default <c>chat-events</c>.</summary>
    public string RepositoryPrefix { get; init; } = "chat-events";

    /// <summary>Needed. A tag that never moves, such as a version; <c>latest</c> is refused, because a rollback could not go back to it.</summary>
    public required string Tag { get; init; }
}
