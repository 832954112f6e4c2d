using ChatEvents.Contracts;

namespace ChatEvents.Deploy.Configuration;

/// <summary>
/// All settings of a deployment, as in <c>deploy/chat.json</c> (members in camelCase). An invalid setting stops the synthesis with one
/// sentence that names it; see <see cref="ChatConfigRules"/>.
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

    /// <summary>The capacity of the deployment; see <see cref="SizePlan"/>. Default <see cref="DeploymentSize.Small"/>.</summary>
    public DeploymentSize Size { get; init; }

    /// <summary>
    /// Processor of Lambdas and containers. Default <see cref="CpuArchitecture.Arm64"/>, which is a fifth cheaper than x64. The Lambda
    /// packages must have been published for it.
    /// </summary>
    public CpuArchitecture Architecture { get; init; }

    /// <summary>
    /// What registry and fan-out run on; docs/deploy.md compares the choices. Default <see cref="WorkerHosting.Ecs"/>.
    /// </summary>
    public WorkerHosting Workers { get; init; }

    /// <summary>The network of the containers. Must be left out with <see cref="WorkerHosting.Lambda"/>, which has no containers.</summary>
    public NetworkConfig Network { get; init; } = new();

    /// <summary>
    /// Images that exist in the account's ECR. Default none: the CDK builds and pushes them from this checkout. Refused with
    /// <see cref="WorkerHosting.Lambda"/>.
    /// </summary>
    public ImagesConfig? Images { get; init; }

    /// <summary>
    /// The published route functions, relative to the checkout. Default <c>artifacts/routes.zip</c>, which <c>deploy/deploy publish</c>
    /// writes.
    /// </summary>
    public string RoutesPackage { get; init; } = "artifacts/routes.zip";

    /// <summary>
    /// The workers published as functions, relative to the checkout; used with <see cref="WorkerHosting.Lambda"/> only. Default
    /// <c>artifacts/workers.zip</c>, which <c>deploy/deploy publish</c> writes.
    /// </summary>
    public string WorkersPackage { get; init; } = "artifacts/workers.zip";

    /// <summary>
    /// Where posts to connections go if the API has a custom domain that this stack does not manage:
    /// <c>https://chat.example.com/base-path</c>, without <c>/@connections</c>. Default none: <see cref="Domain"/>, or else the API's own
    /// address.
    /// </summary>
    public string? CallbackEndpoint { get; init; }

    /// <summary>Who may connect. Default: everybody, as in the tutorial.</summary>
    public AuthConfig Auth { get; init; } = new();

    /// <summary>A domain name of your own for the API. Default none: clients use API Gateway's address.</summary>
    public DomainConfig? Domain { get; init; }

    /// <summary>
    /// Whether the page of <c>clients/web</c> is served, by S3 and CloudFront; docs/page.md. Default false: clients are programs of your own.
    /// </summary>
    public bool Site { get; init; }

    /// <summary>
    /// The longest chat message in bytes of UTF-8. Default 65,536: half of what a post may have, so that a template that escapes every
    /// character still fits. From 1 to 131,072.
    /// </summary>
    public int MaxMessageBytes { get; init; } = Limits.DefaultMaxChatMessageBytes;

    /// <summary>
    /// How long messages are kept for <c>history</c>, in hours. Default 24. From 3, a little more than a connection lives, to 720; docs/no-gap.md.
    /// </summary>
    public int HistoryRetentionHours { get; init; } = 24;

    /// <summary>How many messages an answer to <c>history</c> has at most. Default 100, from 1 to 1,000.</summary>
    public int HistoryMaxMessages { get; init; } = 100;

    /// <summary>
    /// How many concurrent executions are reserved for the function of <c>$connect</c>, and as many for its authorizer and for that of
    /// <c>$disconnect</c>, so that a flood of messages neither refuses handshakes nor loses disconnects. Default 0, none: AWS keeps 100
    /// executions unreserved, so that an account with the initial quota of 10 can reserve none and the deployment would fail. From 0 to
    /// 1,000. 50 are enough for 500 handshakes a second, the account's quota: 15 at 30 ms each, and the rest for functions that have to start.
    /// </summary>
    public int ReservedConcurrency { get; init; }

    /// <summary>The mail address for alarms; its owner must confirm the subscription. Default none: only the SNS topic exists.</summary>
    public string? AlarmEmail { get; init; }

    /// <summary>How long logs are kept, in days. Default 30; must be one of the values that CloudWatch accepts.</summary>
    public int LogRetentionDays { get; init; } = 30;

    /// <summary>
    /// Whether the stack gives API Gateway the role that it writes logs with. There is one such role per account and region: set this to
    /// false if another stack has set it. Default true, because a stage with logs cannot be created without the role.
    /// </summary>
    public bool ManageApiGatewayLogRole { get; init; } = true;

    /// <summary>
    /// Whether traces are recorded in X-Ray: of the functions and, with <see cref="WorkerHosting.Ecs"/>, of the workers. Default false.
    /// X-Ray chooses one call a second and 5 % of the others.
    /// </summary>
    public bool Tracing { get; init; }

    /// <summary>
    /// Whether the containers run on Fargate Spot, which costs about a third and may be stopped with two minutes' notice. Default false;
    /// meant for development. Refused with <see cref="WorkerHosting.Lambda"/>.
    /// </summary>
    public bool Spot { get; init; }

    /// <summary>Whether the stack is protected from deletion. Default false; meant for production.</summary>
    public bool TerminationProtection { get; init; }

    /// <summary>Tags of every resource, in addition to <c>application</c> and <c>stage</c>. Default none.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Where posts to connections go; null for the API's own address.</summary>
    public string? PostsTo => CallbackEndpoint ?? Domain?.CallbackEndpoint;

    /// <summary>The name of the stack, and the prefix of its resources' names.</summary>
    public string StackName => $"{Name}-{Stage}";
}

/// <summary>The size of a deployment; <see cref="SizePlan"/> has the numbers and docs/deploy.md the costs.</summary>
public enum DeploymentSize
{
    Small,
    Medium,
    Large,
}

/// <summary>What the workers run on.</summary>
public enum WorkerHosting
{
    /// <summary>Containers on Fargate that always run: the shortest delay of a message, and no time limit for a broadcast.</summary>
    Ecs,

    /// <summary>Functions that SQS invokes: nothing runs, and almost nothing is charged, while nobody posts.</summary>
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

    /// <summary>Id of the VPC. Required for an existing network, refused for the others.</summary>
    public string? VpcId { get; init; }

    /// <summary>Ids of the subnets that the tasks are spread over. Required for an existing network; at least one, better two.</summary>
    public IReadOnlyList<string> SubnetIds { get; init; } = [];

    /// <summary>The availability zone of each of <see cref="SubnetIds"/>, in the same order.</summary>
    public IReadOnlyList<string> AvailabilityZones { get; init; } = [];

    /// <summary>
    /// Whether the tasks of an existing network get a public address: true for public subnets, false (the default) behind a NAT.
    /// </summary>
    public bool AssignPublicIp { get; init; }

    /// <summary>
    /// Whether the existing VPC has an <c>execute-api</c> interface endpoint with private DNS. Required for an existing network: such an
    /// endpoint gets every call to API Gateway's own addresses and answers posts with 403, so that a custom domain is needed.
    /// </summary>
    public bool? HasExecuteApiEndpoint { get; init; }
}

public enum NetworkKind
{
    /// <summary>A new VPC in two zones, with tasks in private subnets and one NAT gateway. No task can be reached from outside.</summary>
    New,

    /// <summary>
    /// A new VPC with public subnets only: tasks have public addresses and a security group that lets nothing in. Needs no NAT gateway.
    /// </summary>
    Public,

    /// <summary>An existing VPC.</summary>
    Existing,
}

/// <summary>Images in the account's own ECR: <c>{RepositoryPrefix}/connection-registry:{Tag}</c> and <c>{RepositoryPrefix}/fan-out:{Tag}</c>.</summary>
public sealed record ImagesConfig
{
    /// <summary>Default <c>chat-events</c>.</summary>
    public string RepositoryPrefix { get; init; } = "chat-events";

    /// <summary>Required. A tag that never moves, such as a version; <c>latest</c> is refused because a rollback could not go back to it.</summary>
    public required string Tag { get; init; }
}
