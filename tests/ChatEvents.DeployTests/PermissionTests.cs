using ChatEvents.DeployTests.Synthesis;

namespace ChatEvents.DeployTests;

public class PermissionTests
{
    private const string ConnectionsOfStage =
        "arn:{AWS::Partition}:execute-api:{AWS::Region}:{AWS::AccountId}:{ApiWebSocket}/prod";

    [Fact]
    public void A_route_function_may_write_its_log_send_to_the_queue_of_its_events_and_look_into_rooms_if_it_must()
    {
        Assert.Equal(
            [
                "RoutesConnectRole: logs:CreateLogStream on {RoutesConnectLogs.Arn}",
                "RoutesConnectRole: logs:PutLogEvents on {RoutesConnectLogs.Arn}",
                "RoutesConnectRole: sqs:SendMessage on {QueuesConnections.Arn}",
                "RoutesDefaultRole: logs:CreateLogStream on {RoutesDefaultLogs.Arn}",
                "RoutesDefaultRole: logs:PutLogEvents on {RoutesDefaultLogs.Arn}",
                "RoutesDisconnectRole: logs:CreateLogStream on {RoutesDisconnectLogs.Arn}",
                "RoutesDisconnectRole: logs:PutLogEvents on {RoutesDisconnectLogs.Arn}",
                "RoutesDisconnectRole: sqs:SendMessage on {QueuesConnections.Arn}",
                "RoutesJoinRole: dynamodb:GetItem on {TablesConnections.Arn}",
                "RoutesJoinRole: logs:CreateLogStream on {RoutesJoinLogs.Arn}",
                "RoutesJoinRole: logs:PutLogEvents on {RoutesJoinLogs.Arn}",
                "RoutesJoinRole: sqs:SendMessage on {QueuesConnections.Arn}",
                "RoutesLeaveRole: logs:CreateLogStream on {RoutesLeaveLogs.Arn}",
                "RoutesLeaveRole: logs:PutLogEvents on {RoutesLeaveLogs.Arn}",
                "RoutesLeaveRole: sqs:SendMessage on {QueuesConnections.Arn}",
                "RoutesOnMessageRole: dynamodb:GetItem on {TablesRooms.Arn}",
                "RoutesOnMessageRole: logs:CreateLogStream on {RoutesOnMessageLogs.Arn}",
                "RoutesOnMessageRole: logs:PutLogEvents on {RoutesOnMessageLogs.Arn}",
                "RoutesOnMessageRole: sqs:SendMessage on {QueuesMessages.Arn}",
                "RoutesWhoRole: dynamodb:GetItem on {TablesRooms.Arn}",
                "RoutesWhoRole: dynamodb:Query on {TablesRooms.Arn}",
                "RoutesWhoRole: logs:CreateLogStream on {RoutesWhoLogs.Arn}",
                "RoutesWhoRole: logs:PutLogEvents on {RoutesWhoLogs.Arn}",
            ],
            Of(Synthesized.Small, "Routes"));
    }

    [Fact]
    public void The_registry_may_consume_its_queue_and_write_its_three_tables()
    {
        Assert.Equal(
            [
                "dynamodb:BatchGetItem on {TablesClosed.Arn}",
                "dynamodb:BatchGetItem on {TablesConnections.Arn}",
                "dynamodb:BatchWriteItem on {TablesClosed.Arn}",
                "dynamodb:BatchWriteItem on {TablesRooms.Arn}",
                "dynamodb:DeleteItem on {TablesConnections.Arn}",
                "dynamodb:DescribeTable on {TablesClosed.Arn}",
                "dynamodb:DescribeTable on {TablesConnections.Arn}",
                "dynamodb:DescribeTable on {TablesRecent.Arn}",
                "dynamodb:DescribeTable on {TablesRooms.Arn}",
                "dynamodb:PutItem on {TablesClosed.Arn}",
                "dynamodb:PutItem on {TablesConnections.Arn}",
                "dynamodb:Query on {TablesRecent.Arn}",
                "dynamodb:Scan on {TablesConnections.Arn}",
                $"execute-api:ManageConnections on {ConnectionsOfStage}/GET/@connections/*",
                "logs:CreateLogStream on {WorkersTelemetryMetrics.Arn}",
                "logs:PutLogEvents on {WorkersTelemetryMetrics.Arn}",
                "sqs:ChangeMessageVisibility on {QueuesConnections.Arn}",
                "sqs:DeleteMessage on {QueuesConnections.Arn}",
                "sqs:ReceiveMessage on {QueuesConnections.Arn}",
                "sqs:SendMessage on {QueuesLate.Arn}",
            ],
            WithoutRole(Synthesized.Small, "WorkersRegistryTaskTaskRole"));
    }

    [Fact]
    public void The_fan_out_may_read_rooms_and_post_to_this_stage_but_write_no_row_of_the_registry()
    {
        Assert.Equal(
            [
                "dynamodb:BatchGetItem on {TablesProgress.Arn}",
                "dynamodb:BatchGetItem on {TablesRooms.Arn}",
                "dynamodb:BatchWriteItem on {TablesProgress.Arn}",
                "dynamodb:BatchWriteItem on {TablesRecent.Arn}",
                "dynamodb:DescribeTable on {TablesProgress.Arn}",
                "dynamodb:DescribeTable on {TablesRecent.Arn}",
                "dynamodb:DescribeTable on {TablesRooms.Arn}",
                "dynamodb:GetItem on {TablesRecent.Arn}",
                "dynamodb:Query on {TablesRecent.Arn}",
                "dynamodb:Query on {TablesRooms.Arn}",
                "dynamodb:UpdateItem on {TablesProgress.Arn}",
                $"execute-api:ManageConnections on {ConnectionsOfStage}/DELETE/@connections/*",
                $"execute-api:ManageConnections on {ConnectionsOfStage}/POST/@connections/*",
                "logs:CreateLogStream on {WorkersTelemetryMetrics.Arn}",
                "logs:PutLogEvents on {WorkersTelemetryMetrics.Arn}",
                "sqs:ChangeMessageVisibility on {QueuesLate.Arn}",
                "sqs:ChangeMessageVisibility on {QueuesMessages.Arn}",
                "sqs:ChangeMessageVisibility on {QueuesWalks.Arn}",
                "sqs:DeleteMessage on {QueuesLate.Arn}",
                "sqs:DeleteMessage on {QueuesMessages.Arn}",
                "sqs:DeleteMessage on {QueuesWalks.Arn}",
                "sqs:ReceiveMessage on {QueuesLate.Arn}",
                "sqs:ReceiveMessage on {QueuesMessages.Arn}",
                "sqs:ReceiveMessage on {QueuesWalks.Arn}",
                "sqs:SendMessage on {QueuesConnections.Arn}",
                "sqs:SendMessage on {QueuesLate.Arn}",
                "sqs:SendMessage on {QueuesWalks.Arn}",
            ],
            WithoutRole(Synthesized.Small, "WorkersFanOutTaskTaskRole"));
    }

    [Theory]
    [MemberData(nameof(Synthesized.All), MemberType = typeof(Synthesized))]
    public void Nobody_may_do_anything_to_everything(string name)
    {
        var permissions = Permission.In(Synthesized.ByName(name));

        Assert.DoesNotContain(permissions, permission => permission.Action.Contains('*'));
        // ECR gives its tokens to an account, not to a repository: there is no resource to name.
        Assert.All(
            permissions.Where(permission => permission.Resource == "*"),
            permission => Assert.Equal("ecr:GetAuthorizationToken", permission.Action));
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

    private static IEnumerable<string> Of(Template template, string role) =>
        from permission in Permission.In(template)
        where permission.Role.StartsWith(role, StringComparison.Ordinal)
        select permission.ToString();

    private static IEnumerable<string> WithoutRole(Template template, string role) =>
        from permission in Permission.In(template)
        where permission.Role == role
        select $"{permission.Action} on {permission.Resource}";
}
