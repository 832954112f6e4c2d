namespace ChatEvents.Deploy.Configuration;

/// <summary>
/// The numbers behind a <see cref="DeploymentSize"/>. docs/deploy.md has the capacity and the monthly cost of each. They are starting
/// points; the dashboard shows how to correct them.
/// </summary>
/// <param name="MessagesPerSecond">
/// Messages a second that the stage accepts from all clients together. An account has 10,000 requests a second for all its APIs, and every
/// post to a connection counts too: the clients' share is not available to the fan-out.
/// </param>
/// <param name="MessageBurst">How many messages a burst may have beyond <paramref name="MessagesPerSecond"/>.</param>
/// <param name="Registry">The service that keeps the table of connections.</param>
/// <param name="FanOut">The service that posts to the connections.</param>
/// <param name="Functions">The two workers as functions.</param>
public sealed record SizePlan(
    int MessagesPerSecond, int MessageBurst, ServicePlan Registry, ServicePlan FanOut, FunctionsPlan Functions)
{
    /// <summary>For trying it out and for some hundred people: up to 2,000 connections.</summary>
    public static SizePlan Small { get; } = new(
        MessagesPerSecond: 200, MessageBurst: 100,
        Registry: new(Cpu: 256, MemoryMiB: 512, MinTasks: 1, MaxTasks: 2, BacklogPerTask: 2_000),
        FanOut: new(Cpu: 256, MemoryMiB: 512, MinTasks: 1, MaxTasks: 2, BacklogPerTask: 50),
        Functions: new(RegistryAtOnce: 2, FanOutAtOnce: 5, FanOutMemoryMB: 512, SweepChecksPerSecond: 50));

    /// <summary>For a product in use: up to 30,000 connections; two tasks of each worker in two zones, so that one can be lost.</summary>
    public static SizePlan Medium { get; } = new(
        MessagesPerSecond: 1_000, MessageBurst: 500,
        Registry: new(Cpu: 256, MemoryMiB: 512, MinTasks: 2, MaxTasks: 4, BacklogPerTask: 2_000),
        FanOut: new(Cpu: 512, MemoryMiB: 1024, MinTasks: 2, MaxTasks: 6, BacklogPerTask: 50),
        Functions: new(RegistryAtOnce: 10, FanOutAtOnce: 20, FanOutMemoryMB: 1024, SweepChecksPerSecond: 50));

    /// <summary>Up to 300,000 connections, with raised quotas of the account.</summary>
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
/// <param name="MinTasks">The number of tasks when there is nothing to do.</param>
/// <param name="MaxTasks">The largest number of tasks.</param>
/// <param name="BacklogPerTask">
/// How many messages may wait for each running task before another one is started: about ten seconds of its work.
/// </param>
public sealed record ServicePlan(int Cpu, int MemoryMiB, int MinTasks, int MaxTasks, int BacklogPerTask);

/// <summary>The workers as functions.</summary>
/// <param name="RegistryAtOnce">The largest number of batches of connections in parallel; AWS accepts 2 to 1,000.</param>
/// <param name="FanOutAtOnce">
/// The largest number of batches of chat messages in parallel, each of different rooms. They all share the account's quota of posts.
/// </param>
/// <param name="FanOutMemoryMB">Memory of a function that posts. Memory determines the CPU: 1,769 MB are one vCPU.</param>
/// <param name="SweepChecksPerSecond">
/// How many connections a second a sweep asks the gateway about: enough for all connections of the size within a function's time.
/// </param>
public sealed record FunctionsPlan(int RegistryAtOnce, int FanOutAtOnce, int FanOutMemoryMB, int SweepChecksPerSecond);
