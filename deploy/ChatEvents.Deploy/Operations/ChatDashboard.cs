using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Routes;
using ChatEvents.Deploy.Workers;
using Constructs;

namespace ChatEvents.Deploy.Operations;

/// <summary>One page from the clients to the posts, in the order of a message's way.</summary>
public sealed class ChatDashboard : Construct
{
    private const int Third = 8;

    private static readonly Duration Minute = Duration.Minutes(1);

    public ChatDashboard(
        Construct scope, string id, ChatConfig config, ChatApi api, RouteFunctions functions, ChatQueues queues, ChatTables tables,
        ChatWorkers workers)
        : base(scope, id)
    {
        var dashboard = new Dashboard(this, "Dashboard", new DashboardProps { DashboardName = config.StackName });
        var region = Stack.Of(this).Region;
        Url = $"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards/dashboard/{config.StackName}";
        dashboard.AddWidgets(
            Graph("Connects and messages a minute",
                api.Metric("ConnectCount", EachMinute("Sum")), api.Metric("MessageCount", EachMinute("Sum"))),
            Graph("Errors at the API",
                api.Metric("ClientError", EachMinute("Sum")),
                api.Metric("IntegrationError", EachMinute("Sum")),
                api.Metric("ExecutionError", EachMinute("Sum"))),
            Graph("Time of the route functions (p99)",
                [.. functions.All.Select(function => function.MetricDuration(EachMinute("p99")))]));
        dashboard.AddWidgets(
            Graph("Age of the oldest message", [.. queues.All.Select(queue =>
                queue.Queue.MetricApproximateAgeOfOldestMessage(EachMinute("Maximum", queue.Name)))]),
            Graph("Messages waiting", [.. queues.All.Select(queue =>
                queue.Queue.MetricApproximateNumberOfMessagesVisible(EachMinute("Maximum", queue.Name)))]),
            Graph("Dead letters", [.. queues.All.Select(queue =>
                queue.DeadLetters.MetricApproximateNumberOfMessagesVisible(EachMinute("Maximum", queue.Name)))]));
        dashboard.AddWidgets(
            Graph("Posts a minute by outcome", [.. PostMetrics.Outcomes.Select(outcome => workers.Posts.Count(outcome, Minute))]),
            Graph("Seconds from receipt to last delivery",
                workers.Posts.DeliveryDuration("Average", Minute), workers.Posts.DeliveryDuration("Maximum", Minute)),
            new GraphWidget(new GraphWidgetProps
            {
                Title = "Share of the account's requests used (10,000 a second by default)",
                Width = Third,
                Left =
                [
                    new MathExpression(new MathExpressionProps
                    {
                        Expression = "100 * (FILL(posts, 0) + FILL(messages, 0)) / 60 / 10000",
                        Label = "Percent",
                        UsingMetrics = new Dictionary<string, IMetric>
                        {
                            ["posts"] = workers.Posts.Count("delivered", Minute),
                            ["messages"] = api.Metric("MessageCount", EachMinute("Sum")),
                        },
                        Period = Minute,
                    }),
                ],
                LeftYAxis = new YAxisProps { Min = 0, Max = 100 },
            }));
        dashboard.AddWidgets([.. workers.Graphs.Select(graph => Graph(graph.Title, [.. graph.Metrics]))]);
        dashboard.AddWidgets(
            Graph("Table units read a minute", [.. tables.All.Select(table =>
                table.MetricConsumedReadCapacityUnits(EachMinute("Sum", table.Node.Id)))]),
            Graph("Table units written a minute", [.. tables.All.Select(table =>
                table.MetricConsumedWriteCapacityUnits(EachMinute("Sum", table.Node.Id)))]),
            Graph("Table requests refused", [.. tables.All.Select(table =>
                table.MetricThrottledRequestsForOperation("PutItem", EachMinute("Sum", table.Node.Id)))]));
    }

    /// <summary>Where an operator finds it.</summary>
    public string Url { get; }

    private static GraphWidget Graph(string title, params IMetric[] metrics) => new(new GraphWidgetProps
    {
        Title = title,
        Width = Third,
        Left = metrics,
        LeftYAxis = new YAxisProps { Min = 0 },
    });

    private static MetricOptions EachMinute(string statistic, string? label = null) =>
        new() { Period = Minute, Statistic = statistic, Label = label };
}
