using System.Text.Json.Nodes;
using ChatEvents.DeployTests.Synthesis;
using ChatEvents.Routes;

namespace ChatEvents.DeployTests;

public class ApiTests
{
    private static readonly Template Template = Synthesized.Small;

    private static IReadOnlyList<Resource> Routes => Template.OfType("AWS::ApiGatewayV2::Route");

    [Fact]
    public void There_is_a_route_for_each_action_and_for_each_event_of_a_connection() => Assert.Equal(
        ["$connect", "$default", "$disconnect", "hello", "history", "join", "leave", "onMessage", "ping", "remove", "who"],
        Routes.Select(route => route.Say("RouteKey")!).Order(StringComparer.Ordinal));

    [Fact]
    public void Each_route_invokes_its_function_and_may_do_so_from_this_stage_only()
    {
        Assert.Equal(Routes.Count, Template.OfType("AWS::Lambda::Permission").Count(permission => permission.Say("Principal") == "apigateway.amazonaws.com"));
        foreach (var route in Routes)
        {
            var key = route.Say("RouteKey");
            var integration = Template.Named(route.Say("Target")!["integrations/".Length..].Trim('{', '}'));
            var function = integration.Say("IntegrationUri")!.Split("functions/")[1].Split("/invocations")[0];
            var permission = Assert.Single(
                Template.OfType("AWS::Lambda::Permission"),
                permission => permission.Say("FunctionName") == function && permission.Say("SourceArn")
                    == $"arn:{{AWS::Partition}}:execute-api:{{AWS::Region}}:{{AWS::AccountId}}:{{ApiWebSocket}}/prod/{key}");

            Assert.Equal("AWS_PROXY", integration.Say("IntegrationType"));
            Assert.Equal("apigateway.amazonaws.com", permission.Say("Principal"));
        }
    }

    [Fact]
    public void The_deployment_waits_for_every_route_integration_response_and_permission()
    {
        string[] types =
        [
            "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::RouteResponse", "AWS::Lambda::Permission",
        ];
        var deployment = Assert.Single(Template.OfType("AWS::ApiGatewayV2::Deployment"));

        Assert.Equal(
            Template.All.Where(resource => types.Contains(resource.Type)).Select(resource => resource.Id).Order(StringComparer.Ordinal),
            deployment.DependsOn.Order(StringComparer.Ordinal));
        Assert.Equal($"{{{deployment.Name}}}", Template.Named("ApiStage").Say("DeploymentId"));
    }

    [Fact]
    public void Routes_that_explain_an_error_to_the_client_have_a_route_response()
    {
        var answering = Template.OfType("AWS::ApiGatewayV2::RouteResponse").Select(response => response.Say("RouteId")!.Trim('{', '}'));

        Assert.Equal(
            ["$default", "hello", "history", "join", "leave", "onMessage", "ping", "remove", "who"],
            answering.Select(route => Template.Named(route).Say("RouteKey")!).Order(StringComparer.Ordinal));
        Assert.All(
            Routes,
            route => Assert.Equal(
                route.Say("RouteKey") is "$connect" or "$disconnect" ? null : "$default",
                route.Say("RouteResponseSelectionExpression")));
    }

    [Fact]
    public void Functions_bring_their_own_runtime_and_have_a_handler_and_a_log_group_each()
    {
        var functions = Template.OfType("AWS::Lambda::Function");

        Assert.Equal(
            RouteFunction.Handlers.Order(StringComparer.Ordinal),
            functions.Select(function => function.Say("Handler")!).Order(StringComparer.Ordinal));
        Assert.All(functions, function =>
        {
            Assert.Equal("provided.al2023", function.Say("Runtime"));
            Assert.Equal("arm64", function.Say("Architectures"));
            var logs = Template.Named(function.Say("LoggingConfig.LogGroup")!.Trim('{', '}'));
            Assert.Equal("30", logs.Say("RetentionInDays"));
        });
    }

    [Theory]
    [InlineData("small", 200, 100)]
    [InlineData("medium", 1_000, 500)]
    [InlineData("large", 4_000, 2_000)]
    public void The_stage_is_throttled_by_size(string name, int rate, int burst)
    {
        var stage = Synthesized.ByName(name).Named("ApiStage");

        Assert.Equal($"{rate}", stage.Say("DefaultRouteSettings.ThrottlingRateLimit"));
        Assert.Equal($"{burst}", stage.Say("DefaultRouteSettings.ThrottlingBurstLimit"));
    }

    [Theory]
    [InlineData("small", "join", 50, 25)]
    [InlineData("small", "leave", 50, 25)]
    [InlineData("small", "who", 20, 10)]
    [InlineData("large", "who", 400, 200)]
    [InlineData("small", "history", 20, 10)]
    [InlineData("small", "remove", 20, 10)]
    public void Routes_that_wait_or_read_rooms_take_a_share_of_the_stage_only(string name, string route, int rate, int burst)
    {
        var stage = Synthesized.ByName(name).Named("ApiStage");

        Assert.Equal($"{rate}", stage.Say($"RouteSettings.{route}.ThrottlingRateLimit"));
        Assert.Equal($"{burst}", stage.Say($"RouteSettings.{route}.ThrottlingBurstLimit"));
        Assert.Equal("ERROR", stage.Say($"RouteSettings.{route}.LoggingLevel"));
        Assert.Equal("False", stage.Say($"RouteSettings.{route}.DataTraceEnabled"), ignoreCase: true);
        Assert.Equal(["join", "leave", "who", "history", "remove"], stage.Properties["RouteSettings"]!.AsObject().Select(settings => settings.Key));
    }

    [Theory]
    [InlineData("small")]
    [InlineData("large")]
    [InlineData("large-functions")]
    public void Nothing_is_reserved_by_default_because_a_new_account_has_nothing_to_reserve(string name) =>
        Assert.All(
            Synthesized.ByName(name).OfType("AWS::Lambda::Function"),
            function => Assert.Null(function.Say("ReservedConcurrentExecutions")));

    [Fact]
    public void Connects_and_disconnects_can_reserve_executions_that_no_flood_of_messages_uses_up()
    {
        var template = Synthesized.Synthesize("reserved", Synthesized.Config with { ReservedConcurrency = 7 });

        Assert.All(template.OfType("AWS::Lambda::Function"), function => Assert.Equal(
            function.Say("Handler") is "connect" or "disconnect" ? "7" : null,
            function.Say("ReservedConcurrentExecutions")));
    }

    [Fact]
    public void The_access_log_says_who_and_when_but_neither_text_nor_token()
    {
        var format = JsonNode.Parse(Template.Named("ApiStage").Say("AccessLogSettings.Format")!)!.AsObject();

        Assert.Contains("$context.connectionId", format.Select(field => field.Value!.ToString()));
        Assert.All(format, field => Assert.DoesNotMatch("querystring|header|body|authorizer", field.Value!.ToString()));
        Assert.Equal("False", Template.Named("ApiStage").Say("DefaultRouteSettings.DataTraceEnabled"), ignoreCase: true);
    }

    [Fact]
    public void The_execution_log_ends_with_the_stack_and_keeps_its_lines_no_longer_than_the_others()
    {
        var logs = Template.Named("ApiExecutionLogs");

        Assert.Equal("API-Gateway-Execution-Logs_{ApiWebSocket}/prod", logs.Say("LogGroupName"));
        Assert.Equal("30", logs.Say("RetentionInDays"));
        Assert.Equal("Delete", logs.Json["DeletionPolicy"]!.ToString());
        Assert.Contains(logs.Id, Template.Named("ApiStage").DependsOn);
    }

    [Fact]
    public void Metrics_by_route_which_nothing_reads_are_not_paid_for() =>
        Assert.Equal("False", Template.Named("ApiStage").Say("DefaultRouteSettings.DetailedMetricsEnabled"), ignoreCase: true);

    [Fact]
    public void API_Gateway_gets_its_log_role_before_the_stage_unless_another_stack_gave_it()
    {
        var account = Assert.Single(Template.OfType("AWS::ApiGateway::Account"));

        Assert.Contains(account.Id, Template.Named("ApiStage").DependsOn);
        Assert.Equal("Retain", account.Json["DeletionPolicy"]!.ToString());
        Assert.Empty(Synthesized.Medium.OfType("AWS::ApiGateway::Account"));
    }

    [Fact]
    public void Every_program_that_stores_or_uses_the_callback_endpoint_knows_the_custom_domain()
    {
        var function = Synthesized.Large.OfType("AWS::Lambda::Function").Single(function => function.Say("Handler") == "connect");

        Assert.Equal("https://chat.example.com/live", function.Say("Environment.Variables.CALLBACK_ENDPOINT"));
        Assert.Contains(
            "FanOut__CallbackEndpoint=https://chat.example.com/live",
            Synthesized.Large.EnvironmentOf("WorkersFanOutTask"));
    }

    [Fact]
    public void Workers_are_told_the_one_address_to_which_posts_go()
    {
        const string Address = "https://{ApiWebSocket}.execute-api.{AWS::Region}.{AWS::URLSuffix}/prod";

        Assert.Contains($"FanOut__CallbackEndpoint={Address}", Synthesized.Small.EnvironmentOf("WorkersFanOutTask"));
        Assert.Contains($"Registry__Sweep__CallbackEndpoint={Address}", Synthesized.Small.EnvironmentOf("WorkersRegistryTask"));
        foreach (var (function, setting) in (ValueTuple<string, string>[])
        [
            ("WorkersFanOutFunction", "FanOut__CallbackEndpoint"),
            ("WorkersSweepFunction", "Registry__Sweep__CallbackEndpoint"),
            ("WorkersEndingFunction", "Registry__Sweep__CallbackEndpoint"),
        ])
        {
            Assert.Equal(Address, Synthesized.SmallFunctions.Named(function).Say($"Environment.Variables.{setting}"));
        }
    }
}
