using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.Events;
using Amazon.CDK.AWS.Lambda;
using Amazon.CDK.AWS.Logs;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Functions;
using ChatEvents.Deploy.Routes;
using Constructs;
using EventTarget = Amazon.CDK.AWS.Events.Targets.LambdaFunction;
using EventTargetProps = Amazon.CDK.AWS.Events.Targets.LambdaFunctionProps;

namespace ChatEvents.Deploy.Workers;

/// <summary>
/// Registry and fan-out as functions that SQS invokes, and the registry's sweep as a function that a schedule invokes. They run outside the
/// account's networks, from where <c>@connections</c> can be reached.
/// </summary>
public sealed class FunctionWorkers : ChatWorkers
{
    // The longest time that AWS allows. A sweep takes ten minutes at the pace of its size.
    private static readonly Duration SweepTimeout = Duration.Minutes(15);

    // The same as the default of the registry's containers.
    private static readonly Duration SweepInterval = Duration.Minutes(10);

    // The same as the default of the registry's containers; a connection may outlive its token by five.
    private static readonly Duration EndingInterval = Duration.Minutes(2);

    // With more, the mapping would have to wait for a full batch, which would delay new clients.
    private const int BatchSize = 10;

    // Memory determines the CPU: a third of a vCPU, enough for some hundred connections a second.
    private const int RegistryMemoryMB = 512;

    private static readonly Duration Minute = Duration.Minutes(1);

    public FunctionWorkers(
        Construct scope, string id, ChatConfig config, SizePlan plan, ChatQueues queues, ChatTables tables, ChatApi api)
        : base(scope, id)
    {
        Posts = new PostMetrics(config);
        var package = new LambdaPackage(config, config.WorkersPackage);

        var registry = package.CreateFunction(this, new LambdaFunctionProps(
            "registry", "Keeps the table of connections", RegistryMemoryMB, FunctionTimeouts.Registry, WorkerSettings.OfRegistry(queues, tables, api)));
        WorkerRights.GrantConsuming(registry, queues.Connections);
        WorkerRights.GrantRegistry(registry, queues, tables);
        if (config.Auth.HasAuthorizer) WorkerRights.GrantModeration(registry, tables, api);
        MapEvents(registry, queues.Connections, plan.Functions.RegistryAtOnce);

        var fanOut = package.CreateFunction(this, new LambdaFunctionProps(
            "fanOut", "Posts chat messages to connections", plan.Functions.FanOutMemoryMB, FunctionTimeouts.FanOut,
            WorkerSettings.OfFanOutFunction(config, queues, tables, api, Posts)));
        WorkerRights.GrantFanOut(fanOut, queues, tables, api);
        foreach (var queue in queues.OfFanOut)
        {
            WorkerRights.GrantConsuming(fanOut, queue);
            MapEvents(fanOut, queue, plan.Functions.FanOutAtOnce);
        }

        var sweep = package.CreateFunction(this, new LambdaFunctionProps(
            "sweep", "Finds connections that ended silently", RegistryMemoryMB, SweepTimeout, WorkerSettings.OfSweep(plan, queues, tables, api)));
        WorkerRights.GrantSweep(sweep, tables, api);
        Schedule("SweepSchedule", "Looks for chat connections that ended silently", sweep, SweepInterval);

        var ending = package.CreateFunction(this, new LambdaFunctionProps(
            "ending", "Ends connections that have to end", RegistryMemoryMB, SweepTimeout, WorkerSettings.OfSweep(plan, queues, tables, api)));
        WorkerRights.GrantEnding(ending, tables, api);
        Schedule("EndingSchedule", "Looks for chat connections that have to end", ending, EndingInterval);

        ByName = new Dictionary<string, Function>
        {
            ["registry"] = registry,
            ["fanOut"] = fanOut,
            ["sweep"] = sweep,
            ["ending"] = ending,
        };
    }

    public IReadOnlyDictionary<string, Function> ByName { get; }

    public override PostMetrics Posts { get; }

    public override IReadOnlyList<MetricGraph> Graphs =>
    [
        new("Time of the worker functions (maximum)", Each((function, options) => function.MetricDuration(options), "Maximum")),
        new("Errors and throttles of the worker functions",
        [
            .. Each((function, options) => function.MetricErrors(options), "Sum", " errors"),
            .. Each((function, options) => function.MetricThrottles(options), "Sum", " throttles"),
        ]),
        new("Worker functions at once", Each((function, options) => function.Metric("ConcurrentExecutions", options), "Maximum")),
    ];

    public override IReadOnlyList<ILogGroup> Logs => [.. ByName.Values.Select(function => function.LogGroup)];

    private IReadOnlyList<IMetric> Each(Func<Function, MetricOptions, IMetric> metric, string statistic, string what = "") =>
    [
        .. ByName.Select(worker => metric(
            worker.Value, new MetricOptions { Period = Minute, Statistic = statistic, Label = $"{worker.Key}{what}" })),
    ];

    private static void MapEvents(Function function, QueueWithDeadLetters queue, int atOnce)
    {
        var mapping = new CfnEventSourceMapping(function, $"{queue.Name}Events", new CfnEventSourceMappingProps
        {
            FunctionName = function.FunctionArn,
            EventSourceArn = queue.Queue.QueueArn,
            BatchSize = BatchSize,
            // Without it, one failed message would bring the whole batch back.
            FunctionResponseTypes = ["ReportBatchItemFailures"],
            // Messages beyond the limit wait in the queue. A limit on the function would use up receives of messages that were never tried.
            ScalingConfig = new CfnEventSourceMapping.ScalingConfigProperty { MaximumConcurrency = atOnce },
        });
        // AWS refuses a mapping whose function has no right to receive.
        mapping.Node.AddDependency(function.Role!);
    }

    private void Schedule(string id, string description, Function sweep, Duration interval) => _ = new Rule(this, id, new RuleProps
    {
        Description = description,
        Schedule = Amazon.CDK.AWS.Events.Schedule.Rate(interval),
        // The next sweep finds what a failed one missed.
        Targets = [new EventTarget(sweep, new EventTargetProps { RetryAttempts = 0 })],
    });
}
