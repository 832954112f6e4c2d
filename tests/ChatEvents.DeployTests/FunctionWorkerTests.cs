using ChatEvents.ConnectionRegistry;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Deploy.Configuration;
using ChatEvents.DeployTests.Synthesis;
using ChatEvents.FanOut;
using ChatEvents.Routes;
using ChatEvents.Testing.Rights;
using ChatEvents.WorkerFunctions;

namespace ChatEvents.DeployTests;

/// <summary>The setting <c>workers</c>: functions that SQS invokes instead of containers.</summary>
public class FunctionWorkerTests
{
    private const string ConnectionsOfStage =
        "arn:{AWS::Partition}:execute-api:{AWS::Region}:{AWS::AccountId}:{ApiWebSocket}/prod";

    [Theory]
    [MemberData(nameof(Synthesized.OnFunctions), MemberType = typeof(Synthesized))]
    public void Nothing_runs_while_nobody_speaks(string name)
    {
        string[] paidByTheHour = ["AWS::ECS", "AWS::EC2", "AWS::ApplicationAutoScaling"];

        Assert.DoesNotContain(
            Synthesized.ByName(name).All, resource => paidByTheHour.Any(type => resource.Type.StartsWith(type, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Synthesized.OnFunctions), MemberType = typeof(Synthesized))]
    public void There_is_a_function_for_each_worker_beside_those_of_the_routes(string name) => Assert.Equal(
        WorkerFunction.Handlers.Concat(RouteFunction.Handlers).Order(StringComparer.Ordinal),
        Synthesized.ByName(name).OfType("AWS::Lambda::Function").Select(function => function.Say("Handler")!).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("small-functions", DeploymentSize.Small)]
    [InlineData("medium-functions", DeploymentSize.Medium)]
    [InlineData("large-functions", DeploymentSize.Large)]
    public void Each_queue_invokes_its_function_with_batches_whose_failures_are_told_one_by_one(string name, DeploymentSize size)
    {
        var template = Synthesized.ByName(name);
        var plan = SizePlan.Of(size).Functions;
        var mappings = template.OfType("AWS::Lambda::EventSourceMapping").OrderBy(mapping => mapping.Name).ToList();

        Assert.Equal(
            [
                $"{{QueuesLate.Arn}} -> {{WorkersFanOutFunction.Arn}} at most {plan.FanOutAtOnce}",
                $"{{QueuesMessages.Arn}} -> {{WorkersFanOutFunction.Arn}} at most {plan.FanOutAtOnce}",
                $"{{QueuesWalks.Arn}} -> {{WorkersFanOutFunction.Arn}} at most {plan.FanOutAtOnce}",
                $"{{QueuesConnections.Arn}} -> {{WorkersRegistryFunction.Arn}} at most {plan.RegistryAtOnce}",
            ],
            mappings.Select(mapping =>
                $"{mapping.Say("EventSourceArn")} -> {mapping.Say("FunctionName")} at most {mapping.Say("ScalingConfig.MaximumConcurrency")}"));
        Assert.All(mappings, mapping =>
        {
            Assert.Equal("ReportBatchItemFailures", mapping.Say("FunctionResponseTypes"));
            Assert.Equal("10", mapping.Say("BatchSize"));
            // SQS has no batching window for FIFO queues, and new clients should not wait for a full batch.
            Assert.Null(mapping.Say("MaximumBatchingWindowInSeconds"));
        });
        Assert.Equal($"{plan.FanOutMemoryMB}", template.Named("WorkersFanOutFunction").Say("MemorySize"));
        Assert.Equal(
            $"{plan.SweepChecksPerSecond}", template.Named("WorkersSweepFunction").Say("Environment.Variables.Registry__Sweep__ChecksPerSecond"));
    }

    [Theory]
    [InlineData("Connections", "Registry")]
    [InlineData("Messages", "FanOut")]
    [InlineData("Walks", "FanOut")]
    [InlineData("Late", "FanOut")]
    public void A_batch_stays_hidden_for_six_times_as_long_as_its_function_may_take(string queue, string function)
    {
        var timeout = int.Parse(Synthesized.SmallFunctions.Named($"Workers{function}Function").Say("Timeout")!);

        Assert.Equal($"{6 * timeout}", Synthesized.SmallFunctions.Named($"Queues{queue}").Say("VisibilityTimeout"));
        Assert.Equal("30", Synthesized.Small.Named($"Queues{queue}").Say("VisibilityTimeout"));
    }

    [Fact]
    public void A_mapping_is_made_when_its_function_may_receive()
    {
        foreach (var (mapping, policy) in ((string, string)[])
            [
                ("WorkersRegistryFunctionConnectionsEvents", "WorkersRegistryRoleDefaultPolicy"),
                ("WorkersFanOutFunctionMessagesEvents", "WorkersFanOutRoleDefaultPolicy"),
                ("WorkersFanOutFunctionWalksEvents", "WorkersFanOutRoleDefaultPolicy"),
                ("WorkersFanOutFunctionLateEvents", "WorkersFanOutRoleDefaultPolicy"),
            ])
        {
            Assert.Contains(
                Synthesized.SmallFunctions.Named(policy).Id, Synthesized.SmallFunctions.Named(mapping).DependsOn);
        }
    }

    [Theory]
    [InlineData("Sweep", nameof(SweepOptions.Interval))]
    [InlineData("Ending", nameof(SweepOptions.EndingInterval))]
    public void A_schedule_sweeps_and_does_not_repeat_what_failed(string sweep, string setting)
    {
        var function = $"{{Workers{sweep}Function.Arn}}";
        var rule = Assert.Single(Synthesized.SmallFunctions.OfType("AWS::Events::Rule"), rule => rule.Say("Targets.0.Arn") == function);

        var interval = (TimeSpan)typeof(SweepOptions).GetProperty(setting)!.GetValue(new SweepOptions())!;
        Assert.Equal($"rate({interval.TotalMinutes:0} minutes)", rule.Say("ScheduleExpression"));
        Assert.Equal("0", rule.Say("Targets.0.RetryPolicy.MaximumRetryAttempts"));
        var permission = Assert.Single(
            Synthesized.SmallFunctions.OfType("AWS::Lambda::Permission"),
            permission => permission.Say("FunctionName") == function);
        Assert.Equal("events.amazonaws.com", permission.Say("Principal"));
        Assert.Equal($"{{{rule.Name}.Arn}}", permission.Say("SourceArn"));
    }

    [Theory]
    [InlineData("small-functions", DeploymentSize.Small, 2_000)]
    [InlineData("medium-functions", DeploymentSize.Medium, 30_000)]
    [InlineData("large-functions", DeploymentSize.Large, 300_000)]
    public void A_sweep_of_all_connections_that_a_size_is_made_for_fits_into_its_function(string name, DeploymentSize size, int connections)
    {
        var timeout = int.Parse(Synthesized.ByName(name).Named("WorkersSweepFunction").Say("Timeout")!);

        Assert.InRange(connections / SizePlan.Of(size).Functions.SweepChecksPerSecond, 0, timeout - 60);
    }

    [Fact]
    public void The_fan_out_may_do_what_its_container_may() => AssertMay(
        "FanOut", DeployedRights.FanOut.Where(IsNoHosting), "DELETE", "POST");

    [Fact]
    public void The_registry_may_do_what_its_container_may_but_for_the_sweep() => AssertMay(
        "Registry",
        DeployedRights.Registry.Where(IsNoHosting).Where(right => !right.StartsWith("dynamodb:Scan ", StringComparison.Ordinal)));

    [Fact]
    public void The_sweep_may_do_what_the_container_of_the_registry_may_but_for_queues_and_newcomers() => AssertMay(
        "Sweep",
        DeployedRights.Registry.Where(IsNoHosting).Where(right =>
            right.StartsWith("dynamodb:", StringComparison.Ordinal) && right is not ("dynamodb:Query on Recent" or "dynamodb:Scan on Bans")),
        "GET");

    [Fact]
    public void What_ends_connections_may_read_who_has_to_go_and_end_them() => AssertMay(
        "Ending", ["dynamodb:Scan on Bans", "dynamodb:Scan on Connections"], "DELETE", "POST");

    [Fact]
    public void Every_setting_that_a_function_is_given_is_one_that_it_has()
    {
        var known = KnownOf<RegistryOptions>(RegistryOptions.Section)
            .Concat(KnownOf<SweepOptions>(SweepOptions.Section))
            .Concat(KnownOf<FanOutOptions>(FanOutOptions.Section))
            .Concat(KnownOf<HistoryOptions>(HistoryOptions.Section))
            .Concat(KnownOf<RouteEventQueues>(RouteEventQueues.Section))
            .Concat(KnownOf<TableNames>(TableNames.Section))
            .Append("Metrics__Namespace")
            .ToList();
        string[] functions = ["WorkersRegistryFunction", "WorkersFanOutFunction", "WorkersSweepFunction", "WorkersEndingFunction"];

        Assert.All(
            functions.SelectMany(function =>
                Synthesized.LargeFunctions.Named(function).Properties["Environment"]!["Variables"]!.AsObject().Select(variable => variable.Key)),
            variable => Assert.Contains(variable, known));
        Assert.Equal(
            "https://chat.example.com/live",
            Synthesized.LargeFunctions.Named("WorkersFanOutFunction").Say("Environment.Variables.FanOut__CallbackEndpoint"));
    }

    [Theory]
    [InlineData("Worker-registry-errors")]
    [InlineData("Worker-registry-throttles")]
    [InlineData("Worker-fanOut-errors")]
    [InlineData("Worker-fanOut-throttles")]
    [InlineData("Worker-sweep-errors")]
    [InlineData("Messages-age")]
    [InlineData("Messages-dead-letters")]
    [InlineData("Posts-forbidden")]
    public void Functions_queues_and_posts_are_watched(string name) => Assert.Single(Alarms, alarm => alarm == $"chat-prod-{name}");

    [Fact]
    public void What_only_containers_have_is_not_watched() =>
        Assert.DoesNotContain(Alarms, alarm => alarm.Contains("task", StringComparison.OrdinalIgnoreCase));

    [Fact]
    public void The_alarms_of_posts_look_where_the_function_writes_its_metrics()
    {
        var alarm = Assert.Single(
            Synthesized.SmallFunctions.OfType("AWS::CloudWatch::Alarm"), alarm => alarm.Say("AlarmName") == "chat-prod-Posts-forbidden");

        Assert.Equal(
            Synthesized.SmallFunctions.Named("WorkersFanOutFunction").Say("Environment.Variables.Metrics__Namespace"),
            alarm.Say("Metrics.0.MetricStat.Metric.Namespace"));
    }

    [Fact]
    public void The_dashboard_shows_functions_in_place_of_tasks()
    {
        var body = Assert.Single(Synthesized.SmallFunctions.OfType("AWS::CloudWatch::Dashboard")).Say("DashboardBody")!;

        Assert.Contains("Worker functions at once", body, StringComparison.Ordinal);
        Assert.DoesNotContain("Running tasks", body, StringComparison.Ordinal);
    }

    /// <summary>A function does not wait for its tables, and a schedule starts its sweep.</summary>
    private static bool IsNoHosting(string right) =>
        !right.StartsWith("dynamodb:DescribeTable ", StringComparison.Ordinal) && right != "dynamodb:PutItem on Closed";

    private static void AssertMay(string function, IEnumerable<string> rights, params string[] methods) => Assert.Equal(
        rights.Select(Permission.Say)
            .Concat(methods.Select(method => $"execute-api:ManageConnections on {ConnectionsOfStage}/{method}/@connections/*"))
            .Append($"logs:CreateLogStream on {{Workers{function}Logs.Arn}}")
            .Append($"logs:PutLogEvents on {{Workers{function}Logs.Arn}}")
            .Order(StringComparer.Ordinal),
        from permission in Permission.In(Synthesized.SmallFunctions)
        where permission.Role == $"Workers{function}Role"
        select $"{permission.Action} on {permission.Resource}");

    private static IEnumerable<string> Alarms =>
        Synthesized.SmallFunctions.OfType("AWS::CloudWatch::Alarm").Select(alarm => alarm.Say("AlarmName")!);

    private static IEnumerable<string> KnownOf<TOptions>(string section) =>
        typeof(TOptions).GetProperties().Select(property => $"{section.Replace(":", "__", StringComparison.Ordinal)}__{property.Name}");
}
