using System.Net.WebSockets;
using System.Text;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;
using Microsoft.AspNetCore.Builder;

namespace ChatEvents.GatewayTests;

// The example of docs/local-gateway.md begins here.
public sealed class GatewayFixture : IAsyncLifetime
{
    private readonly WebApplication _gateway = GatewayHost.Build(new GatewayOptions
    {
        Port = 0, // a free one
        Stage = "dev",
        Routes = { ["$default"] = new() { Mock = "you are $context.connectionId", RouteResponse = true } },
    });

    public Uri Address => new(_gateway.Urls.First().Replace("http", "ws", StringComparison.Ordinal) + "/dev");

    public async ValueTask InitializeAsync() => await _gateway.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();
}

public sealed class ChatTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task The_API_answers()
    {
        using var client = new ClientWebSocket();
        await client.ConnectAsync(gateway.Address, TestContext.Current.CancellationToken);
        await client.SendAsync(Encoding.UTF8.GetBytes("who am I?"), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);

        var buffer = new byte[100];
        var answer = await client.ReceiveAsync(buffer, TestContext.Current.CancellationToken);

        Assert.StartsWith("you are ", Encoding.UTF8.GetString(buffer, 0, answer.Count), StringComparison.Ordinal);
    }
}
// The example ends here.

public sealed class LibraryExampleTests
{
    [Fact]
    public void The_page_shows_the_example_that_runs_here()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "ChatEvents.GatewayTests", "LibraryExampleTests.cs"));
        var example = source.Split("begins here.\n")[1].Split("// The example ends")[0];

        Assert.Contains(example, File.ReadAllText(Path.Combine(Repository.Root, "docs", "local-gateway.md")), StringComparison.Ordinal);
    }
}
