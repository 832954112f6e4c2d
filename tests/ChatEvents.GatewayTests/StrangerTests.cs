using System.Globalization;
using System.Text.RegularExpressions;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>The gateway as a program in a stranger's folder (faults.md B1, B2, B5).</summary>
public sealed class StrangerTests : IAsyncDisposable
{
    private readonly Project _project = new();

    public ValueTask DisposeAsync() => _project.DisposeAsync();

    [Fact(Timeout = 180_000)]
    public async Task Dotnet_run_serves_the_file_of_the_folder_where_it_is_started()
    {
        _project.Write("gateway.json", """{ "stage": "dev", "port": 0 }""");

        var gateway = _project.Start("dotnet", "run", "--no-build", "--project", Path.Combine(Repository.Root, "services", "ChatEvents.LocalGateway"), "--", "gateway.json");

        Assert.Matches(
            @"gateway\.json: API local00api, stage dev\. Listening on ws://localhost:\d+/dev   wss://localhost:\d+/dev$",
            await gateway.WaitForLineAsync(new Regex("Listening on"), TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 120_000)]
    public async Task The_start_says_who_runs_each_function_and_how_to_trust_the_certificate()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _project.Write("app.py", "def handler(event, context):\n    return {'statusCode': 200}\n");
        _project.Write("gateway.json", """
            { "routes": { "$connect": { "function": "one" }, "$disconnect": { "function": "two" }, "$default": { "function": "three" } },
              "functions": { "one": { "handler": "app.handler" }, "two": { "command": "./two" } } }
            """);

        var (gateway, address) = await _project.ServeAsync();

        await gateway.WaitForLineAsync(new Regex(@"NODE_EXTRA_CA_CERTS=\S+   AWS_CA_BUNDLE=\S+   REQUESTS_CA_BUNDLE=\S+   SSL_CERT_FILE=\S+$"), cancellation);
        await gateway.WaitForLineAsync(new Regex("one: Python, started when needed, restarted when their files change$"), cancellation);
        await gateway.WaitForLineAsync(new Regex("two: by command, started when needed"), cancellation);
        await gateway.WaitForLineAsync(
            new Regex($@"three: started by you with AWS_LAMBDA_RUNTIME_API=localhost:{address.Port}/three or 127\.0\.0\.1:\d+$"), cancellation);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("TERM", "exports.handler = async () => ({ statusCode: 200, body: `${process.pid}` });")]
    [InlineData("KILL", "exports.handler = async () => ({ statusCode: 200, body: `${process.pid}` });")]
    [InlineData("KILL", "exports.handler = (event, context, callback) => { callback(null, { statusCode: 200, body: `${process.pid}` }); setTimeout(() => { while (true); }, 100); };")]
    public async Task Ending_the_gateway_ends_all_functions_that_it_started_whatever_they_do(string signal, string code)
    {
        var cancellation = TestContext.Current.CancellationToken;
        _project.Write("app.js", code);
        _project.Write("loop.sh", "echo $$\nsleep 1000 & wait");
        _project.Write("gateway.json", """
            { "routes": { "$default": { "function": "send", "routeResponse": true }, "other": { "function": "loop" } },
              "functions": { "send": { "handler": "app.handler" }, "loop": { "command": "sh loop.sh" } } }
            """);
        var (gateway, address) = await _project.ServeAsync();
        using var socket = await Project.ConnectAsync(address);
        await socket.SendTextAsync("""{"action":"other"}""", cancellation);
        await socket.SendTextAsync("x", cancellation);
        var line = new Regex(@"loop: (?<process>\d+)$");
        string[] processes =
        [
            await socket.ReceiveTextAsync(cancellation),
            line.Match(await gateway.WaitForLineAsync(line, cancellation)).Groups["process"].Value,
        ];
        Assert.All(processes, process => Assert.True(IsRunning(process)));

        gateway.Signal(signal);
        await gateway.WaitForExitAsync(cancellation);

        await Patiently.UntilAsync("the end of the functions", () => !processes.Any(IsRunning), cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_function_that_nobody_runs_is_told_with_the_line_that_starts_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _project.Write("gateway.json", """{ "routes": { "$connect": { "function": "connect" } } }""");
        var (gateway, address) = await _project.ServeAsync();

        var connecting = Project.ConnectAsync(address);

        var line = await gateway.WaitForLineAsync(new Regex("connect waits for its first environment"), cancellation);
        Assert.Matches(@"Start one: AWS_LAMBDA_RUNTIME_API=127\.0\.0\.1:\d+ _HANDLER=connect \./your-function, or let the gateway do it", line);
        Assert.False(connecting.IsCompletedSuccessfully);
        gateway.Kill();
        await Assert.ThrowsAnyAsync<Exception>(() => connecting);
    }

    private static bool IsRunning(string process) => ChildProcess.IsRunning(int.Parse(process, CultureInfo.InvariantCulture));
}
