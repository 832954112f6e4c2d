namespace ChatEvents.Deploy.Configuration;

/// <summary>
/// The numbers behind a <see cref="DeploymentSize"/>. What each carries and costs a month is worked out in docs/deploy.md. They are
/// starting points to be corrected by the dashboard.
/// </summary>
/// <param name="MessagesPerSecond">
/// Messages a second that the stage takes from all clients together. An account has 10,000 requests a second for all its APIs, and every
/// post to a connection counts too: what the clients may use up is missing for the fan-out.
/// </param>
/// <param name="MessageBurst">How far beyond <paramref name="MessagesPerSecond"/> a burst may go.</param>
/// <param name="Registry">The service that keeps the table of connections.</param>
/// <param name="FanOut">The service that posts to the connections.</param>
/// <param name="Functions">What the two are as functions instead.</param>
public sealed record SizePlan(
    int MessagesPerSecond, int MessageBurst, ServicePlan Registry, ServicePlan FanOut, FunctionsPlan Functions)
{
    /// <summary>To try it, and for some hundred people: up to 2,000 connections.</summary>
    public static SizePlan Small { get; } = new(
        MessagesPerSecond: 200, MessageBurst: 100,
        Registry: new(Cpu: 256, MemoryMiB: 512, MinTasks: 1, MaxTasks: 2, BacklogPerTask: 2_000),
        FanOut: new(Cpu: 256, MemoryMiB: 512, MinTasks: 1, MaxTasks: 2, BacklogPerTask: 50),
        Functions: new(RegistryAtOnce: 2, FanOutAtOnce: 5, FanOutMemoryMB: 512, SweepChecksPerSecond: 50));

    /// <summary>A product in use: up to 30,000 connections; two tasks of each in two zones, so that losing one is not seen.</summary>
    public static SizePlan Medium { get; } = new(
        MessagesPerSecond: 1_000, MessageBurst: 500,
        Registry: new(Cpu: 256, MemoryMiB: 512, MinTasks: 2, MaxTasks: 4, BacklogPerTask: 2_000),
        FanOut: new(Cpu: 512, MemoryMiB: 1024, MinTasks: 2, MaxTasks: 6, BacklogPerTask: 50),
        Functions: new(RegistryAtOnce: 10, FanOutAtOnce: 20, FanOutMemoryMB: 1024, SweepChecksPerSecond: 50));

    /// <summary>Up to 300,000 connections, with the account's quotas raised to match.</summary>
    public static SizePlan Large { get; } = new(
        MessagesPerSecond: 4_000, MessageBurst: 2_000,
        Registry: new(Cpu: 512, MemoryMiB: 1024, MinTasks: 2, MaxTasks: 8, BacklogPerTask: 4_000),
        FanOut: new(Cpu: 1024, MemoryMiB: 2048, MinTasks: 4, MaxTasks: 20, BacklogPerTask: 50),
        Functions: new(RegistryAtOnce: 50, FanOutAtOnce: 100, FanOutMemoryMB: 1769, SweepChecksPerSecond: 500));

    public static SizePlan Of(DeploymentSize size) => size switch
    {
        DeploymentSize.Small => Small,
        DeploymentSize.Medium => Medium,
        DeploymentSize.Large => Large,
        _ => throw new ArgumentOutOfRangeException(nameof(size), size, null),
    };
}

/// <summary>One service on Fargate.</summary>
/// <param name="Cpu">CPU units of a task; 1,024 are one vCPU.</param>
/// <param name="MemoryMiB">Memory of a task; Fargate has fixed choices for each number of CPU units.</param>
/// <param name="MinTasks">How many tasks run when there is nothing to do.</param>
/// <param name="MaxTasks">How many tasks run at most.</param>
/// <param name="BacklogPerTask">
/// How many messages may wait for each running task before there is to be another: what a task works off in about ten seconds.
/// </param>
public sealed record ServicePlan(int Cpu, int MemoryMiB, int MinTasks, int MaxTasks, int BacklogPerTask);

/// <summary>The workers as functions.</summary>
/// <param name="RegistryAtOnce">How many batches of connections are worked off at once at most; AWS takes from 2 to 1,000.</param>
/// <param name="FanOutAtOnce">
/// How many batches of chat messages, each of other rooms, are worked off at once at most. All of them post within the account's quota.
/// </param>
/// <param name="FanOutMemoryMB">Memory of a function that posts. CPU comes with it: 1,769 MB are one vCPU.</param>
/// <param name="SweepChecksPerSecond">
/// How many connections a second a sweep asks the gateway about: all that the size carries, within the time of a function.
/// </param>
public sealed record FunctionsPlan(int RegistryAtOnce, int FanOutAtOnce, int FanOutMemoryMB, int SweepChecksPerSecond);
