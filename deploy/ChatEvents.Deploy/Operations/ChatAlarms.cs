using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.CloudWatch.Actions;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Lambda;
using Amazon.CDK.AWS.Logs;
using Amazon.CDK.AWS.SNS;
using Amazon.CDK.AWS.SNS.Subscriptions;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Routes;
using ChatEvents.Deploy.Workers;
using Constructs;

namespace ChatEvents.Deploy.Operations;

/// <summary>
/// The alarms. Each has a section in docs/operate.md; the thresholds are first guesses for every size.
/// </summary>
public sealed class ChatAlarms : Construct
{
    private const string Guide = "docs/operate.md";

    /// <summary>In each sentence of the authorizer that says that something is out of reach; a test compares the two.</summary>
    private const string CannotAuthorize = "nobody with a token can connect";

    private readonly ChatConfig _config;

    public ChatAlarms(Construct scope, string id, ChatConfig config)
        : base(scope, id)
    {
        _config = config;
        Topic = new Topic(this, "Topic", new TopicProps { DisplayName = $"Alarms of {config.StackName}", EnforceSSL = true });
        // A topic with its own policy loses the default one, which allows the account's alarms to publish.
        AllowPublishing("cloudwatch.amazonaws.com", "StringEquals", "aws:SourceAccount", Stack.Of(this).Account);
        if (config.AlarmEmail is { } address) Topic.AddSubscription(new EmailSubscription(address));
    }

    public Topic Topic { get; }

    public void Watch(ChatQueues queues)
    {
        foreach (var queue in queues.All)
        {
            Raise(
                $"{queue.Name}-dead-letters",
                "dead-letters",
                queue.DeadLetters.MetricApproximateNumberOfMessagesVisible(OverMinutes(1, "Maximum")),
                threshold: 1);
            Raise(
                $"{queue.Name}-age",
                "age-of-the-oldest-message",
                queue.Queue.MetricApproximateAgeOfOldestMessage(OverMinutes(1, "Maximum")),
                threshold: 60, periods: 3);
        }
    }

    public void Watch(RouteFunctions functions, ChatApi api)
    {
        foreach (var (handler, function) in functions.ByHandler)
        {
            Raise($"Route-{handler}-errors", "route-errors", function.MetricErrors(OverMinutes(5, "Sum")), threshold: 1);
        }

        if (functions.Authorizer is { } authorizer)
        {
            // The function fails for every wrong token too, which is how API Gateway is told 401, so its errors mean nothing.
            var filter = authorizer.LogGroup.AddMetricFilter("CannotAuthorize", new MetricFilterOptions
            {
                FilterPattern = FilterPattern.Literal($"\"{CannotAuthorize}\""),
                MetricNamespace = "ChatEvents",
                MetricName = $"{_config.StackName}-cannot-authorize",
            });
            Raise("Authorize-unavailable", "authorize-unavailable", filter.Metric(OverMinutes(5, "Sum")), threshold: 1);
            Raise("Authorize-throttles", "route-throttles", authorizer.MetricThrottles(OverMinutes(5, "Sum")), threshold: 1);
        }

        // One alarm for all functions of routes: their concurrency is the account's, so they are throttled together. It may add up ten at most.
        Raise("Route-throttles", "route-throttles", SumOf(functions.ByHandler.Select(function => function.Value), OverMinutes(5, "Sum")), threshold: 1);
        Raise(
            "Api-integration-errors",
            "integration-errors",
            api.Metric("IntegrationError", OverMinutes(5, "Sum")),
            threshold: 5);
    }

    public void Watch(ChatWorkers workers)
    {
        Raise("Posts-gone", "gone-connections", ShareOfPosts(workers.Posts, "gone"), threshold: 20, periods: 3);
        Raise("Posts-throttled", "throttled-posts", ShareOfPosts(workers.Posts, "throttled"), threshold: 5, periods: 3);
        Raise("Posts-forbidden", "forbidden-posts", workers.Posts.Count("forbidden", Duration.Minutes(5)), threshold: 1);
        Raise("Posts-undelivered", "undelivered-messages", workers.Posts.Undelivered(Duration.Minutes(5)), threshold: 1);
        if (workers is ContainerWorkers containers)
        {
            Raise("Gateway-unreachable", "gateway-unreachable", Unreachable(workers.Posts), threshold: 1, periods: 3);
            WatchTasks(containers);
        }

        if (workers is FunctionWorkers functions) WatchFunctions(functions);
    }

    private void WatchTasks(ContainerWorkers workers)
    {
        var stopped = new StoppedTasks(this, "StoppedTasks", workers.Cluster, Topic);
        AllowPublishing("events.amazonaws.com", "ArnEquals", "aws:SourceArn", stopped.RuleArn);
        Raise("Task-restarts", "task-restarts", stopped.Metric(OverMinutes(15, "Sum")), threshold: 3);
        foreach (var worker in workers.All)
        {
            Raise(
                $"{worker.Node.Id}-tasks-missing",
                "tasks-missing",
                worker.MissingTasks(Duration.Minutes(1)),
                threshold: 1, periods: 10);
        }
    }

    /// <summary>A failed message is not an error of a function: it goes back, and ends as a dead letter. Errors are crashes and timeouts.</summary>
    private void WatchFunctions(FunctionWorkers workers)
    {
        foreach (var (name, function) in workers.ByName)
        {
            Raise($"Worker-{name}-errors", "worker-function-errors", function.MetricErrors(OverMinutes(5, "Sum")), threshold: 1);
            Raise(
                $"Worker-{name}-throttles", "worker-function-throttles", function.MetricThrottles(OverMinutes(5, "Sum")),
                threshold: 1, periods: 3);
        }
    }

    /// <summary>Lets a service of AWS publish, but only on behalf of what the condition names.</summary>
    private void AllowPublishing(string service, string comparison, string key, string value) =>
        Topic.AddToResourcePolicy(new PolicyStatement(new PolicyStatementProps
        {
            Principals = [new ServicePrincipal(service)],
            Actions = ["sns:Publish"],
            Resources = [Topic.TopicArn],
            Conditions = new Dictionary<string, object> { [comparison] = new Dictionary<string, object> { [key] = value } },
        }));

    private void Raise(string name, string section, IMetric metric, double threshold, int periods = 1)
    {
        var alarm = new Alarm(this, name, new AlarmProps
        {
            AlarmName = $"{_config.StackName}-{name}",
            AlarmDescription = $"What to do: {Guide}#{section}",
            Metric = metric,
            ComparisonOperator = ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            Threshold = threshold,
            EvaluationPeriods = periods,
            // A queue, function or API without traffic reports nothing, which is not a fault.
            TreatMissingData = TreatMissingData.NOT_BREACHING,
        });
        alarm.AddAlarmAction(new SnsAction(Topic));
        alarm.AddOkAction(new SnsAction(Topic));
    }

    /// <summary>The percentage of posts with this outcome; 0 for less than a hundred posts in five minutes.</summary>
    private static MathExpression ShareOfPosts(PostMetrics posts, string outcome)
    {
        var period = Duration.Minutes(5);
        return new MathExpression(new MathExpressionProps
        {
            Expression = "IF(FILL(delivered, 0) + FILL(others, 0) >= 100, 100 * FILL(others, 0) / (FILL(delivered, 0) + FILL(others, 0)), 0)",
            Label = $"Percent {outcome}",
            UsingMetrics = new Dictionary<string, IMetric>
            {
                ["delivered"] = posts.Count("delivered", period),
                ["others"] = posts.Count(outcome, period),
            },
            Period = period,
        });
    }

    private static MathExpression SumOf(IEnumerable<Function> functions, MetricOptions options)
    {
        var throttles = functions.Select((function, index) => (Id: $"f{index}", Metric: function.MetricThrottles(options))).ToList();
        return new MathExpression(new MathExpressionProps
        {
            Expression = string.Join(" + ", throttles.Select(throttle => $"FILL({throttle.Id}, 0)")),
            Label = "Invocations refused",
            UsingMetrics = throttles.ToDictionary(throttle => throttle.Id, throttle => (IMetric)throttle.Metric),
            Period = options.Period,
        });
    }

    /// <summary>1 while some worker gets no answer to any post.</summary>
    private static MathExpression Unreachable(PostMetrics posts) => new(new MathExpressionProps
    {
        Expression = "1 - reachable",
        Label = "Out of reach",
        UsingMetrics = new Dictionary<string, IMetric> { ["reachable"] = posts.LeastReachable(Duration.Minutes(1)) },
        Period = Duration.Minutes(1),
    });

    private static MetricOptions OverMinutes(int minutes, string statistic) =>
        new() { Period = Duration.Minutes(minutes), Statistic = statistic };
}
