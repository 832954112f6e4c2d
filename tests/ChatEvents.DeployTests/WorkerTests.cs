using System.Text.Json.Nodes;
using ChatEvents.ConnectionRegistry;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Deploy;
using ChatEvents.Deploy.Configuration;
using ChatEvents.DeployTests.Synthesis;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.DeployTests;

public class WorkerTests
{
    [Theory]
    [MemberData(nameof(Synthesized.OnContainers), MemberType = typeof(Synthesized))]
    public void Containers_can_write_nothing_and_have_no_privileges(string name)
    {
        foreach (var task in Synthesized.ByName(name).OfType("AWS::ECS::TaskDefinition"))
        {
            Assert.Equal("worker", task.Say("ContainerDefinitions.0.Name"));
            Assert.Equal("telemetry", task.Say("ContainerDefinitions.1.Name"));
            foreach (var container in (string[])["ContainerDefinitions.0", "ContainerDefinitions.1"])
            {
                Assert.Equal("true", task.Say($"{container}.ReadonlyRootFilesystem"), ignoreCase: true);
                Assert.Equal("ALL", task.Say($"{container}.LinuxParameters.Capabilities.Drop"));
                Assert.Null(task.Say($"{container}.Privileged"));
                Assert.Null(task.Say($"{container}.PortMappings"));
            }
        }
    }

    [Fact]
    public void A_worker_is_asked_for_its_health_and_has_a_minute_to_finish_what_it_holds()
    {
        var task = Synthesized.Small.Named("WorkersFanOutTask");

        Assert.Equal("CMD, dotnet, ChatEvents.FanOut.dll, health", task.Say("ContainerDefinitions.0.HealthCheck.Command"));
        Assert.Equal("60", task.Say("ContainerDefinitions.0.StopTimeout"));
    }

    [Fact]
    public void A_rollout_that_fails_is_rolled_back_and_never_leaves_fewer_workers()
    {
        foreach (var service in Synthesized.Small.OfType("AWS::ECS::Service"))
        {
            Assert.Equal("true", service.Say("DeploymentConfiguration.DeploymentCircuitBreaker.Enable"), ignoreCase: true);
            Assert.Equal("true", service.Say("DeploymentConfiguration.DeploymentCircuitBreaker.Rollback"), ignoreCase: true);
            Assert.Equal("100", service.Say("DeploymentConfiguration.MinimumHealthyPercent"));
            // Scaling sets the number of tasks; a number here would undo it at every deployment.
            Assert.Null(service.Say("DesiredCount"));
        }
    }

    [Theory]
    [InlineData("small", "ARM64")]
    [InlineData("medium", "X86_64")]
    public void Tasks_and_functions_have_the_chosen_processor(string name, string architecture)
    {
        var template = Synthesized.ByName(name);

        Assert.All(
            template.OfType("AWS::ECS::TaskDefinition"),
            task => Assert.Equal(architecture, task.Say("RuntimePlatform.CpuArchitecture")));
        Assert.All(
            template.OfType("AWS::Lambda::Function"),
            function => Assert.Equal(architecture, function.Say("Architectures"), ignoreCase: true));
    }

    [Theory]
    [InlineData("small", DeploymentSize.Small)]
    [InlineData("medium", DeploymentSize.Medium)]
    [InlineData("large", DeploymentSize.Large)]
    public void Services_grow_with_the_backlog_of_each_task_within_the_bounds_of_their_size(string name, DeploymentSize size)
    {
        var template = Synthesized.ByName(name);
        var plan = SizePlan.Of(size).FanOut;

        Assert.Equal($"{plan.Cpu}", template.Named("WorkersFanOutTask").Say("Cpu"));
        Assert.Equal($"{plan.MemoryMiB}", template.Named("WorkersFanOutTask").Say("Memory"));
        Assert.Equal($"{plan.MinTasks}", template.Named("WorkersFanOutTasks").Say("MinCapacity"));
        Assert.Equal($"{plan.MaxTasks}", template.Named("WorkersFanOutTasks").Say("MaxCapacity"));

        var policy = template.Named("WorkersFanOutBacklogPerTask");
        const string Target = "TargetTrackingScalingPolicyConfiguration";
        Assert.Equal($"{plan.BacklogPerTask}", policy.Say($"{Target}.TargetValue"));
        const string Metrics = $"{Target}.CustomizedMetricSpecification.Metrics";
        Assert.Equal("{QueuesMessages.QueueName}", policy.Say($"{Metrics}.0.MetricStat.Metric.Dimensions.0.Value"));
        Assert.Equal("{QueuesWalks.QueueName}", policy.Say($"{Metrics}.1.MetricStat.Metric.Dimensions.0.Value"));
        Assert.Equal("RunningTaskCount", policy.Say($"{Metrics}.2.MetricStat.Metric.MetricName"));
        Assert.Equal("(FILL(messages, 0) * 1 + FILL(walks, 0) * 20) / tasks", policy.Say($"{Metrics}.3.Expression"));

        // One divided room is enough to start another task: each task has one shard in hand, and the rest wait.
        Assert.True((RegistryTables.ShardsPerRoom - plan.MinTasks) * 20 > plan.BacklogPerTask * plan.MinTasks);
    }

    [Fact]
    public void Scaling_never_divides_by_no_task() =>
        Assert.All(
            Enum.GetValues<DeploymentSize>().Select(SizePlan.Of).SelectMany(plan => new[] { plan.Registry, plan.FanOut }),
            service => Assert.True(service.MinTasks >= 1 && service.MaxTasks > service.MinTasks));

    [Fact]
    public void Images_come_from_the_accounts_registry_when_a_tag_is_given() => Assert.EndsWith(
        "/chat-events/connection-registry:1.2.3",
        Synthesized.Small.Named("WorkersRegistryTask").Say("ContainerDefinitions.0.Image"),
        StringComparison.Ordinal);

    [Fact]
    public void How_long_messages_are_kept_and_how_many_an_answer_has_is_as_configured()
    {
        Assert.Contains("History__Retention=30.00:00:00", Synthesized.Large.EnvironmentOf("WorkersFanOutTask"));
        Assert.Equal("250", Synthesized.Large.Named("RoutesHistoryFunction").Say("Environment.Variables.HISTORY_MAX_MESSAGES"));
        Assert.Equal("03:00:00", Synthesized.ByName("large-functions").Named("WorkersFanOutFunction").Say("Environment.Variables.History__Retention"));
    }

    [Fact]
    public void Workers_are_told_their_queues_and_tables() => Assert.Equal(
        [
            "AWS_REGION={AWS::Region}",
            "FanOut__CallbackEndpoint=https://{ApiWebSocket}.execute-api.{AWS::Region}.{AWS::URLSuffix}/prod",
            "History__Retention=1.00:00:00",
            "Logging__Console__FormatterName=json",
            "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317",
            "OTEL_TRACES_SAMPLER=always_off",
            "Queues__Connections={QueuesConnections}",
            "Queues__Late={QueuesLate}",
            "Queues__Messages={QueuesMessages}",
            "Queues__Walks={QueuesWalks}",
            "Tables__Progress={TablesProgress}",
            "Tables__Recent={TablesRecent}",
            "Tables__Rooms={TablesRooms}",
        ],
        Synthesized.Small.EnvironmentOf("WorkersFanOutTask"));

    [Theory]
    [InlineData("WorkersRegistryTask", typeof(RegistryOptions), RegistryOptions.Section)]
    [InlineData("WorkersFanOutTask", typeof(FanOutOptions), FanOutOptions.Section)]
    public void Every_setting_that_a_worker_is_given_is_one_that_it_has(string task, Type options, string section)
    {
        var known = options.GetProperties().Select(property => $"{section}__{property.Name}")
            .Concat(typeof(RouteEventQueues).GetProperties().Select(property => $"{RouteEventQueues.Section}__{property.Name}"))
            .Concat(typeof(TableNames).GetProperties().Select(property => $"{TableNames.Section}__{property.Name}"))
            .Concat(typeof(SweepOptions).GetProperties().Select(property => $"{SweepOptions.Section.Replace(":", "__")}__{property.Name}"))
            .Concat(typeof(HistoryOptions).GetProperties().Select(property => $"{HistoryOptions.Section}__{property.Name}"))
            .Concat(["AWS_REGION", "Logging__Console__FormatterName", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER"]);

        Assert.All(
            Synthesized.Large.EnvironmentOf(task).Select(variable => variable.Split('=')[0]),
            variable => Assert.Contains(variable, known));
    }

    [Fact]
    public void A_worker_outlives_its_collector_which_keeps_the_meters_that_alarms_use()
    {
        var task = Synthesized.Small.Named("WorkersFanOutTask");
        var configuration = ConfigurationOfCollector(Synthesized.Small);

        Assert.Equal("true", task.Say("ContainerDefinitions.0.Essential"), ignoreCase: true);
        Assert.Equal("false", task.Say("ContainerDefinitions.1.Essential"), ignoreCase: true);
        Assert.Contains("namespace: ChatEvents/chat-prod", configuration, StringComparison.Ordinal);
        Assert.Contains("log_group_name: {WorkersTelemetryMetrics}", configuration, StringComparison.Ordinal);
        Assert.Contains(""" ["^chatevents\\.posts$"]""", configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void The_collector_names_its_log_stream_after_the_task_that_it_asks_for() =>
        Assert.Contains("detectors: [ecs]", ConfigurationOfCollector(Synthesized.Small), StringComparison.Ordinal);

    [Fact]
    public void Traces_go_to_X_Ray_where_that_is_asked_for_and_nowhere_otherwise()
    {
        Assert.Contains("OTEL_TRACES_SAMPLER=parentbased_always_off", Synthesized.Development.EnvironmentOf("WorkersFanOutTask"));
        Assert.Contains("exporters: [awsxray]", ConfigurationOfCollector(Synthesized.Development), StringComparison.Ordinal);
        Assert.Contains(
            new Permission("WorkersFanOutTaskTaskRole", "xray:PutTraceSegments", "*"), Permission.In(Synthesized.Development));
        Assert.All(
            Synthesized.Development.OfType("AWS::Lambda::Function"), function => Assert.Equal("Active", function.Say("TracingConfig.Mode")));

        Assert.DoesNotContain("exporters: [awsxray]", ConfigurationOfCollector(Synthesized.Small), StringComparison.Ordinal);
        Assert.All(Synthesized.Small.OfType("AWS::Lambda::Function"), function => Assert.Null(function.Say("TracingConfig.Mode")));
    }

    [Fact]
    public void Tasks_run_on_Spot_where_that_is_asked_for()
    {
        Assert.All(
            Synthesized.Development.OfType("AWS::ECS::Service"),
            service => Assert.Equal("FARGATE_SPOT", service.Say("CapacityProviderStrategy.0.CapacityProvider")));
        Assert.All(
            Synthesized.Small.OfType("AWS::ECS::Service"), service => Assert.Equal("FARGATE", service.Say("LaunchType")));
    }

    [Fact]
    public void Images_that_the_CDK_builds_are_for_the_configured_processor_and_say_their_version()
    {
        var template = Synthesized.Synthesize("built-images", Synthesized.Config with { Images = null });
        var assets = template.Path.Replace(".template.json", ".assets.json", StringComparison.Ordinal);
        var images = JsonNode.Parse(File.ReadAllText(assets))!["dockerImages"]!.AsObject().Select(image => image.Value!["source"]!).ToList();

        Assert.Equal(["connection-registry", "fan-out"], images.Select(image => image["dockerBuildTarget"]!.ToString()).Order());
        Assert.All(images, image =>
        {
            Assert.Equal("linux/arm64", image["platform"]!.ToString());
            Assert.Equal(SourceTree.Version, image["dockerBuildArgs"]!["VERSION"]!.ToString());
        });
    }

    private static string ConfigurationOfCollector(Template template) =>
        Template.Say(template.Named("WorkersFanOutTask").Properties["ContainerDefinitions"]![1]!["Environment"]![0]!["Value"]);

    [Fact]
    public void Alarms_know_the_outcomes_of_posts_by_the_names_that_the_fan_out_counts_them_under() => Assert.All(
        Synthesized.Small.OfType("AWS::CloudWatch::Alarm").SelectMany(alarm => alarm.Dimensions("outcome")).Distinct(),
        outcome => Assert.Contains(outcome, Enum.GetNames<DeliveryOutcome>(), StringComparer.OrdinalIgnoreCase));
}
