using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Deploy;
using ChatEvents.DeployTests.Synthesis;

namespace ChatEvents.DeployTests;

public partial class OperationsTests
{
    private static IReadOnlyList<Resource> Alarms => AlarmsOf(Synthesized.Small);

    [Theory]
    [InlineData("Connections-dead-letters", "{QueuesConnectionsDeadLetters.QueueName}", 1)]
    [InlineData("Messages-dead-letters", "{QueuesMessagesDeadLetters.QueueName}", 1)]
    [InlineData("Connections-age", "{QueuesConnections.QueueName}", 60)]
    [InlineData("Messages-age", "{QueuesMessages.QueueName}", 60)]
    [InlineData("Walks-dead-letters", "{QueuesWalksDeadLetters.QueueName}", 1)]
    [InlineData("Late-dead-letters", "{QueuesLateDeadLetters.QueueName}", 1)]
    public void Queues_are_watched_for_dead_letters_and_for_age(string name, string queue, int threshold)
    {
        var alarm = AlarmNamed(name);

        Assert.Equal(queue, alarm.Say("Dimensions.0.Value"));
        Assert.Equal($"{threshold}", alarm.Say("Threshold"));
        Assert.Equal("GreaterThanOrEqualToThreshold", alarm.Say("ComparisonOperator"));
    }

    [Theory]
    [InlineData("Route-connect-errors")]
    [InlineData("Route-disconnect-errors")]
    [InlineData("Route-onMessage-errors")]
    [InlineData("Route-default-errors")]
    [InlineData("Api-integration-errors")]
    [InlineData("Posts-gone")]
    [InlineData("Posts-throttled")]
    [InlineData("Posts-forbidden")]
    [InlineData("Posts-undelivered")]
    [InlineData("Route-throttles")]
    [InlineData("Task-restarts")]
    [InlineData("Registry-tasks-missing")]
    [InlineData("FanOut-tasks-missing")]
    public void Functions_API_posts_and_tasks_are_watched(string name) => Assert.NotNull(AlarmNamed(name));

    [Fact]
    public void Every_alarm_tells_the_topic_when_it_rises_and_when_it_is_over() => Assert.All(Alarms, alarm =>
    {
        Assert.Equal("{AlarmsTopic}", alarm.Say("AlarmActions"));
        Assert.Equal("{AlarmsTopic}", alarm.Say("OKActions"));
    });

    [Fact]
    public void Every_alarm_names_a_section_of_the_operators_guide_that_is_there()
    {
        var guide = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "operate.md"));
        var sections = Heading().Matches(guide).Select(heading => heading.Groups[1].Value.ToLowerInvariant().Replace(' ', '-')).ToList();

        Assert.All(Alarms.Concat(AlarmsOf(Synthesized.SmallFunctions)), alarm =>
        {
            var section = alarm.Say("AlarmDescription")!.Split("docs/operate.md#")[1];
            Assert.Contains(section, sections);
        });
    }

    [Theory]
    [InlineData("small")]
    [InlineData("secured")]
    public void The_alarm_on_refused_invocations_counts_those_of_every_function_that_clients_wait_for(string name)
    {
        var template = Synthesized.ByName(name);

        Assert.Equal(
            template.OfType("AWS::Lambda::Function").Select(function => $"{{{function.Name}}}").Order(StringComparer.Ordinal),
            AlarmsOf(template).Where(alarm => alarm.Say("AlarmDescription")!.EndsWith("#route-throttles", StringComparison.Ordinal))
                .SelectMany(alarm => alarm.Dimensions("FunctionName")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_saved_queries_read_the_log_of_the_authorizer_too() => Assert.Equal(
        3,
        Synthesized.Secured.OfType("AWS::Logs::QueryDefinition").Count(query => query.Properties["LogGroupNames"]!.AsArray()
            .Select(Template.Say).Contains("{RoutesAuthorizeLogs}")));

    [Fact]
    public void Only_this_accounts_alarms_and_this_stacks_rule_may_publish()
    {
        var conditions = Synthesized.Small.Named("AlarmsTopicPolicy").Properties["PolicyDocument"]!["Statement"]!.AsArray()
            .Where(statement => statement!["Effect"]!.ToString() == "Allow")
            .Select(statement => $"{statement!["Principal"]!["Service"]} {Template.Say(statement["Condition"]!.AsObject().Single().Value!.AsObject().Single().Value)}");

        Assert.Equal(
            ["cloudwatch.amazonaws.com {AWS::AccountId}", "events.amazonaws.com {AlarmsStoppedTasksRule.Arn}"],
            conditions.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Alarms_and_stopped_tasks_may_be_published_and_reach_the_operators()
    {
        var policy = Synthesized.Small.Named("AlarmsTopicPolicy").Properties["PolicyDocument"]!["Statement"]!.AsArray();
        var publishers = policy
            .Where(statement => statement!["Effect"]!.ToString() == "Allow")
            .Select(statement => statement!["Principal"]!["Service"]!.ToString());

        Assert.Equal(["cloudwatch.amazonaws.com", "events.amazonaws.com"], publishers.Order());
        Assert.Equal("operators@example.com", Assert.Single(Synthesized.Small.OfType("AWS::SNS::Subscription")).Say("Endpoint"));
    }

    [Fact]
    public void A_task_that_ended_by_itself_is_told_with_its_reason()
    {
        var rule = Assert.Single(Synthesized.Small.OfType("AWS::Events::Rule"));

        Assert.Contains("EssentialContainerExited", rule.Say("EventPattern"), StringComparison.Ordinal);
        Assert.Equal("{AlarmsTopic}", rule.Say("Targets.0.Arn"));
        Assert.Contains("$.detail.stoppedReason", rule.Say("Targets.0.InputTransformer.InputPathsMap"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_dashboard_is_valid_JSON_with_a_graph_per_step_of_a_message()
    {
        var body = Assert.Single(Synthesized.Small.OfType("AWS::CloudWatch::Dashboard")).Say("DashboardBody")!;
        var titles = JsonNode.Parse(body)!["widgets"]!.AsArray().Select(widget => widget!["properties"]!["title"]!.ToString()).ToList();

        Assert.Equal(titles.Count, titles.Distinct().Count());
        Assert.Contains("Age of the oldest message", titles);
        Assert.Contains("Running tasks", titles);
    }

    [Fact]
    public void Saved_queries_ask_log_groups_of_this_stack()
    {
        var groups = Synthesized.Small.OfType("AWS::Logs::LogGroup").Select(group => $"{{{group.Name}}}").ToList();
        var queries = Synthesized.Small.OfType("AWS::Logs::QueryDefinition");

        Assert.Equal(
            ["one-connection-or-message", "refused-by-the-api", "slow-and-cold-functions", "what-went-wrong"],
            queries.Select(query => query.Say("Name")!["chat-prod/".Length..]).Order(StringComparer.Ordinal));
        Assert.All(queries, query => Assert.All(query.Say("LogGroupNames")!.Split(", "), group => Assert.Contains(group, groups)));
    }

    [Fact]
    public void The_operators_tool_is_told_the_names_that_its_settings_have()
    {
        var settings = typeof(TableNames).GetProperties().Select(property => $"{TableNames.Section}__{property.Name}")
            .Concat(typeof(RouteEventQueues).GetProperties().Select(property => $"{RouteEventQueues.Section}__{property.Name}"))
            .Append($"{SweepOptions.Section.Replace(":", "__", StringComparison.Ordinal)}__{nameof(SweepOptions.CallbackEndpoint)}");
        var output = Synthesized.Small.Output("AdminEnvironment")!;
        var variables = output.Split(' ').Select(variable => variable.Split('=')[0]).ToList();

        Assert.All(variables.Except(["AWS_REGION"]), variable => Assert.Contains(variable, settings));
        Assert.Contains("Tables__Connections={TablesConnections}", output, StringComparison.Ordinal);
        Assert.Contains("Registry__Sweep__CallbackEndpoint=https://{ApiWebSocket}", output, StringComparison.Ordinal);
        Assert.Equal(
            ["Queues__Connections", "Queues__Late", "Queues__Messages", "Queues__Walks"],
            variables.Where(variable => variable.StartsWith("Queues__", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_stack_is_protected_from_deletion_where_that_is_asked_for()
    {
        Assert.Equal("true", Synthesized.Development.Manifest("terminationProtection"), ignoreCase: true);
        Assert.NotEqual("true", Synthesized.Small.Manifest("terminationProtection"), StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public void What_can_be_tagged_is_tagged()
    {
        var table = Synthesized.Large.Named("TablesConnections");
        var tags = table.Properties["Tags"]!.AsArray().Select(tag => $"{tag!["Key"]}={tag["Value"]}");

        Assert.Equal(["application=chat", "cost-centre=4711", "stage=prod"], tags.Order());
    }

    private static IReadOnlyList<Resource> AlarmsOf(Template template) => template.OfType("AWS::CloudWatch::Alarm");

    private static Resource AlarmNamed(string name) => Assert.Single(Alarms, alarm => alarm.Say("AlarmName") == $"chat-prod-{name}");

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
