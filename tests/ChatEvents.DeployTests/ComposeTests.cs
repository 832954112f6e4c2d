using System.Text.Json.Nodes;
using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Deploy.Routes;
using ChatEvents.Deploy;

namespace ChatEvents.DeployTests;

/// <summary>The settings for docker compose must match the deployment to AWS.</summary>
public class ComposeTests
{
    private static readonly JsonDocumentOptions WithComments = new() { CommentHandling = JsonCommentHandling.Skip };

    private static readonly string Folder = Path.Combine(SourceTree.Root, "deploy", "compose");

    [Fact]
    public void The_gateway_in_containers_has_the_routes_of_the_API()
    {
        var gateway = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "gateway.json")), documentOptions: WithComments)!;
        var routes = gateway["routes"]!.AsObject().Select(route =>
            (route.Key, (string)route.Value!["function"]!, (bool?)route.Value["routeResponse"] ?? false));

        Assert.Equal(Route.All.Select(route => (route.Key, route.Handler, route.Answers)), routes);
    }

    [Fact]
    public void With_tokens_the_gateway_in_containers_asks_the_authorizer_and_is_the_same_otherwise()
    {
        var without = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "gateway.json")), documentOptions: WithComments)!;
        var with = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "gateway-auth.json")), documentOptions: WithComments)!.AsObject();

        Assert.Equal("authorize", (string?)with["authorizer"]!["function"]);
        with.Remove("authorizer");
        Assert.True(JsonNode.DeepEquals(without, with));
        var services = File.ReadAllText(Path.Combine(SourceTree.Root, "docker-compose.yml"));
        Assert.Contains("AWS_LAMBDA_RUNTIME_API: gateway:8080/authorize", services, StringComparison.Ordinal);
        Assert.Contains($"BANS_TABLE: {Bans.Table}", services, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_route_has_a_function_in_containers()
    {
        var compose = File.ReadAllText(Path.Combine(SourceTree.Root, "docker-compose.yml"));

        Assert.All(Route.All, route => Assert.Contains($"AWS_LAMBDA_RUNTIME_API: gateway:8080/{route.Handler}", compose, StringComparison.Ordinal));
    }

    public static TheoryData<string> Queues =>
    [
        $"queue {QueueNames.Connections} {QueueNames.ConnectionsDeadLetters} {MaxReceives.ByDefault}",
        $"queue {QueueNames.Messages} {QueueNames.MessagesDeadLetters} {MaxReceives.ByDefault} \"$fifo\"",
        $"queue {QueueNames.Walks} {QueueNames.WalksDeadLetters} {MaxReceives.ByDefault} \"$fifo\"",
        $"queue {QueueNames.Late} {QueueNames.LateDeadLetters} {MaxReceives.OfLate} \"$fifo\"",
    ];

    [Theory]
    [MemberData(nameof(Queues))]
    [InlineData($"table {RegistryTables.Connections} {RegistryTables.ConnectionId}")]
    [InlineData($"table {RegistryTables.Rooms} {RegistryTables.RoomShard} {RegistryTables.ConnectionId}")]
    [InlineData($"table {RegistryTables.Closed} {RegistryTables.ConnectionId}")]
    [InlineData($"table {Bans.Table} {Bans.Banned}")]
    [InlineData($"table {ProgressSchema.Table} {ProgressSchema.MessageId}")]
    public void Queues_and_tables_in_containers_have_the_names_and_keys_that_the_workers_use(string line) =>
        Assert.Contains(line, File.ReadAllLines(Path.Combine(Folder, "ready.d", "10-queues-and-tables.sh")));
}
