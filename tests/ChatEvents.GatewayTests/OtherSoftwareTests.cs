using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>Runtimes, tools and clients that other people wrote, as they are.</summary>
public sealed class OtherSoftwareTests : IAsyncDisposable
{
    private readonly Project _project = new();

    public ValueTask DisposeAsync() => _project.DisposeAsync();

    [Theory(Timeout = 180_000)]
    [InlineData("exports.handler = async event => ({ statusCode: 200, body: `Echo: ${event.body}` });", "Echo: x")]
    [InlineData("exports.handler = async () => { throw new Error('no'); };", "{\"message\": \"Internal server error\",")]
    [InlineData("syntax error", "{\"message\": \"Internal server error\",")]
    public async Task Amazons_runtime_client_for_Node_runs_as_a_command(string code, string answer)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _project.LinkNodePackagesAsync();
        _project.Write("app.js", code);
        await using var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            options.Route("$default", "send", routeResponse: true);
            options.Functions["send"] = new FunctionOptions
            {
                Directory = _project.Folder,
                Command = "node --require ./ric.cjs node_modules/aws-lambda-ric/index.mjs app.handler",
                Environment = { ["_HANDLER"] = "app.handler" },
            };
        });
        _project.Write("ric.cjs", await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Node", "ric.cjs"), cancellation));
        await using var client = await RawClient.ConnectAsync(gateway);

        await client.SendTextAsync("x");

        var heard = (await client.ReadFrameAsync()).Text;
        Assert.True(heard.StartsWith(answer, StringComparison.Ordinal), heard + string.Join('\n', gateway.LogLines));
    }

    [Fact(Timeout = 180_000)]
    public async Task A_reconnecting_client_comes_back_after_each_close()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Route("$default", "default", routeResponse: true));
        gateway.Serve("default", @event => new { statusCode = 200, body = "hello yourself" });
        await using var client = await Clients.StartNodeAsync(cancellation, "reconnect.mjs", gateway.WebSocketAddress.ToString());

        for (var connection = 1; connection <= 3; connection++)
        {
            await Patiently.UntilAsync("another connection", () => gateway.Seen("default").Count == connection, cancellation);
            await client.UntilAsync(lines => lines.Count(line => line == "heard hello yourself") == connection, cancellation);
            using var deleted = await gateway.Http.DeleteAsync($"/local/@connections/{gateway.Seen("default")[^1].ConnectionId()}", cancellation);
            await client.UntilAsync(lines => lines.Count(line => line == "closed 1000") == connection, cancellation);
        }
    }

    [Theory(Timeout = 180_000)]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Amazons_command_line_manages_connections(string scheme)
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipUnless(Clients.AreInstalled("aws"), "aws, Amazon's command line (Debian: awscli), is not installed.");
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes);
        gateway.ServeAll();
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        _project.Write("data", "from the command line");

        Assert.Empty(await AwsAsync("post-to-connection", "--data", "fileb://data"));
        Assert.Equal("from the command line", await socket.ReceiveTextAsync(cancellation));
        Assert.Contains(await AwsAsync("get-connection"), line => line.Contains("\"SourceIp\": \"127.0.0.1\"", StringComparison.Ordinal));
        Assert.Empty(await AwsAsync("delete-connection"));
        Assert.Contains(await AwsAsync("get-connection"), line => line.Contains("GoneException", StringComparison.Ordinal));

        async Task<IReadOnlyList<string>> AwsAsync(string command, params string[] arguments)
        {
            await using var aws = ChildProcess.Start(
                "aws",
                [
                    "apigatewaymanagementapi", command, "--endpoint-url", $"{scheme}://localhost:{gateway.LocalPort}/local",
                    $"--connection-id={id}", // as one argument, because an id may begin with a dash
                    "--region", "eu-central-1", .. arguments,
                ],
                _project.Folder,
                new Dictionary<string, string?>
                {
                    ["AWS_ACCESS_KEY_ID"] = "local",
                    ["AWS_SECRET_ACCESS_KEY"] = "local",
                    ["AWS_MAX_ATTEMPTS"] = "1",
                    ["AWS_PAGER"] = "",
                    ["NO_PROXY"] = "localhost",
                    ["AWS_CA_BUNDLE"] = gateway.Trust["AWS_CA_BUNDLE"],
                    ["REQUESTS_CA_BUNDLE"] = null,
                });
            await aws.WaitForExitAsync(cancellation);
            return [.. aws.Lines().Where(line => line.Length > 0)];
        }
    }
}
