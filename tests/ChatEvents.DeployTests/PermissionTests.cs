using ChatEvents.DeployTests.Synthesis;
using ChatEvents.Routes;
using ChatEvents.Testing.Rights;

namespace ChatEvents.DeployTests;

public class PermissionTests
{
    private const string ConnectionsOfStage =
        "arn:{AWS::Partition}:execute-api:{AWS::Region}:{AWS::AccountId}:{ApiWebSocket}/prod";

    [Theory]
    [InlineData("connect", "Connect")]
    [InlineData("disconnect", "Disconnect")]
    [InlineData("default", "Default")]
    [InlineData("join", "Join")]
    [InlineData("leave", "Leave")]
    [InlineData("onMessage", "OnMessage")]
    [InlineData("who", "Who")]
    [InlineData("history", "History")]
    [InlineData("remove", "Remove")]
    public void A_route_function_may_write_its_log_send_to_the_queue_of_its_events_and_look_into_rooms_if_it_must(
        string handler, string id) =>
        AssertMay(
            $"Routes{id}Role",
            [
                .. DeployedRights.OfRoute(handler).Select(Permission.Say),
                $"logs:CreateLogStream on {{Routes{id}Logs.Arn}}",
                $"logs:PutLogEvents on {{Routes{id}Logs.Arn}}",
            ]);

    [Fact]
    public void There_are_rights_of_each_route_function_and_no_other_role_of_routes() => Assert.Equal(
        RouteFunction.Handlers
            .Select(handler => $"Routes{char.ToUpperInvariant(handler[0])}{handler[1..]}Role")
            .Order(StringComparer.Ordinal),
        Permission.In(Synthesized.Small).Select(permission => permission.Role)
            .Where(role => role.StartsWith("Routes", StringComparison.Ordinal)).Distinct());

    [Fact]
    public void The_registry_may_consume_its_queue_and_write_its_three_tables() => AssertMay(
        "WorkersRegistryTaskTaskRole",
        [
            .. DeployedRights.Registry.Select(Permission.Say),
            $"execute-api:ManageConnections on {ConnectionsOfStage}/DELETE/@connections/*",
            $"execute-api:ManageConnections on {ConnectionsOfStage}/GET/@connections/*",
            $"execute-api:ManageConnections on {ConnectionsOfStage}/POST/@connections/*",
            "logs:CreateLogStream on {WorkersTelemetryMetrics.Arn}",
            "logs:PutLogEvents on {WorkersTelemetryMetrics.Arn}",
        ]);

    [Fact]
    public void The_fan_out_may_read_rooms_and_post_to_this_stage_but_write_no_row_of_the_registry() => AssertMay(
        "WorkersFanOutTaskTaskRole",
        [
            .. DeployedRights.FanOut.Select(Permission.Say),
            $"execute-api:ManageConnections on {ConnectionsOfStage}/DELETE/@connections/*",
            $"execute-api:ManageConnections on {ConnectionsOfStage}/POST/@connections/*",
            "logs:CreateLogStream on {WorkersTelemetryMetrics.Arn}",
            "logs:PutLogEvents on {WorkersTelemetryMetrics.Arn}",
        ]);

    [Theory]
    [MemberData(nameof(Synthesized.All), MemberType = typeof(Synthesized))]
    public void Nobody_may_do_anything_to_everything(string name)
    {
        var permissions = Permission.In(Synthesized.ByName(name));

        Assert.DoesNotContain(permissions, permission => permission.Action.Contains('*'));
        // ECR gives its tokens to an account, and X-Ray takes its traces for one: there is no resource to name.
        Assert.All(
            permissions.Where(permission => permission.Resource == "*"),
            permission => Assert.Contains(
                permission.Action, (string[])["ecr:GetAuthorizationToken", "xray:PutTelemetryRecords", "xray:PutTraceSegments"]));
    }

    [Theory]
    [MemberData(nameof(Synthesized.All), MemberType = typeof(Synthesized))]
    public void No_role_can_be_taken_by_more_than_one_service_of_AWS(string name)
    {
        foreach (var role in Synthesized.ByName(name).OfType("AWS::IAM::Role"))
        {
            var trust = Assert.Single(role.Properties["AssumeRolePolicyDocument"]!["Statement"]!.AsArray())!;
            Assert.Equal("sts:AssumeRole", trust["Action"]!.ToString());
            Assert.EndsWith(".amazonaws.com", trust["Principal"]!["Service"]!.ToString(), StringComparison.Ordinal);
        }
    }

    private static void AssertMay(string role, IEnumerable<string> rights) => Assert.Equal(
        rights.Order(StringComparer.Ordinal),
        from permission in Permission.In(Synthesized.Small)
        where permission.Role == role
        select $"{permission.Action} on {permission.Resource}");
}
