using System.Text.RegularExpressions;
using ChatEvents.Contracts;
using ChatEvents.Deploy;
using ChatEvents.Deploy.Routes;

namespace ChatEvents.DeployTests;

/// <summary>The settings for docker compose must match the deployment to AWS.</summary>
public partial class ComposeTests
{
    private static string Compose => File.ReadAllText(Path.Combine(SourceTree.Root, "docker-compose.yml"));

    [Fact]
    public void The_gateway_in_containers_serves_the_API_as_it_is_deployed_with_tokens_and_without()
    {
        Assert.Contains("command: [\"--template\", \"chat.template.json\", \"--no-start\", \"--host\", \"gateway\"]", Compose, StringComparison.Ordinal);
        Assert.Contains("./deploy/local/chat${CHAT_AUTH:+-auth}.template.json:/app/chat.template.json:ro", Compose, StringComparison.Ordinal);
        Assert.All((string[])["chat.template.json", "chat-auth.template.json"], file => Assert.True(File.Exists(LocalTemplateTests.PathOf(file))));
    }

    [Fact]
    public void With_tokens_the_authorizer_in_containers_looks_for_bans()
    {
        Assert.Contains("AWS_LAMBDA_RUNTIME_API: gateway:8080/authorize", Compose, StringComparison.Ordinal);
        Assert.Contains($"BANS_TABLE: {Bans.Table}", Compose, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_route_has_a_function_in_containers() =>
        Assert.All([.. Route.OfEverybody, .. Route.OfModerators], route => Assert.Contains($"AWS_LAMBDA_RUNTIME_API: gateway:8080/{route.Handler}", Compose, StringComparison.Ordinal));

    [Fact]
    public void Each_image_is_built_by_one_service_and_pulled_by_none()
    {
        var services = Service().Matches(Compose[Compose.IndexOf("\nservices:", StringComparison.Ordinal)..]).Select(match => match.Value).ToList();
        var built = services.Select(service => BuildTarget().Match(service)).Where(target => target.Success).Select(target => target.Groups[1].Value).ToList();
        var ours = services.Where(service => service.Contains("image: chat-events/", StringComparison.Ordinal) || service.Contains("<<: *route", StringComparison.Ordinal));

        Assert.Equal(["admin", "connection-registry", "fan-out", "local-gateway", "page", "routes"], built.Order(StringComparer.Ordinal));
        Assert.All(ours, service => Assert.Matches(@"build: |pull_policy: never|<<: \*route\n", service));
        Assert.Contains("pull_policy: never", Compose[..Compose.IndexOf("\nservices:", StringComparison.Ordinal)], StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_starts_before_its_queues_and_tables_are_there()
    {
        var waiting = Regex.Count(Compose, @"setup: \{ condition: service_completed_successfully");

        Assert.Equal(3, waiting); // the routes, the registry, the fan-out
    }

    [Fact]
    public void An_emulator_that_is_started_again_gets_its_queues_and_tables_again() =>
        Assert.Contains("depends_on: { aws: { condition: service_started, restart: true } }", Compose, StringComparison.Ordinal);

    [GeneratedRegex(@"target: ([\w-]+)")]
    private static partial Regex BuildTarget();

    [GeneratedRegex(@"^  [\w-]+:\n(?:    .*\n|\n)+", RegexOptions.Multiline)]
    private static partial Regex Service();
}
