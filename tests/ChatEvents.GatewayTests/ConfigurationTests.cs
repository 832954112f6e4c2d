using System.Net;
using System.Net.Sockets;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Files;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary><c>gateway.json</c>, the command line, and what is said about mistakes in them.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("gateway").FullName, "gateway.json");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public void A_file_may_set_everything()
    {
        File.WriteAllText(_file, """
            // A comment
            {
              "port": 9090, "http2Port": 9091, "address": "0.0.0.0", "apiId": "k3x9ab12cd", "stage": "prod", "region": "us-east-1", "accountId": "111122223333",
              "domainName": "ws.example.com", "routeSelectionExpression": "${request.body.service}/${request.body.action}",
              "stageVariables": { "tableName": "conns-dev" },
              "routes": { "$connect": { "function": "connect" }, "chat/join": { "function": "join", "routeResponse": true } },
              "functions": { "join": { "timeout": "00:00:03", "invokeEndpoint": "http://localhost:9000" } },
              "authorizer": { "function": "auth", "identitySources": ["route.request.header.Authorization", "route.request.querystring.token"] },
              "limits": {
                "frameBytes": 16384, "messageBytes": 65536, "idleTimeout": "00:05:00", "pingsResetIdleTimeout": true, "connectionDuration": "01:00:00",
                "timeScale": 2.5, "integrationTimeout": "00:00:10", "sendBufferBytes": 100000, "messagesInFlightPerConnection": 1,
                "closeTimeout": "00:00:01", "deflateThresholdBytes": 0
              },
              "throttle": { "requestsPerSecond": 100, "burst": 50, "connectsPerSecond": 5 },
              "faults": {
                "adminEndpoint": true, "latency": "00:00:00.100", "errorRate": 0.1, "errorStatus": 503, "hangRate": 0.01,
                "invocationLatency": "00:00:00.050", "answerLatency": "00:00:00.020", "dropDisconnectRate": 0.5, "seed": 42
              },
              "signing": { "keys": { "AKIDLOCAL": "secret" }, "allowedClockSkew": "00:15:00" },
            }
            """);
        var options = GatewayFile.Read(_file);
        Assert.Equal((9090, 9091, "k3x9ab12cd", "prod", "ws.example.com"), (options.Port, options.Http2Port, options.ApiId, options.Stage, options.DomainName));
        Assert.Equal(("join", true), (options.Routes["chat/join"].Function, options.Routes["chat/join"].RouteResponse));
        Assert.Equal(
            (TimeSpan.FromSeconds(3), new Uri("http://localhost:9000")),
            (options.Functions["join"].Timeout, options.Functions["join"].InvokeEndpoint));
        Assert.Equal(2, options.Authorizer!.IdentitySources.Count);
        Assert.Equal((2.5, TimeSpan.FromSeconds(10)), (options.Limits.TimeScale, options.Limits.IntegrationTimeout));
        Assert.Equal(
            (100, 503, "secret"), (options.Throttle.RequestsPerSecond, options.Faults.ErrorStatus, options.Signing.Keys["AKIDLOCAL"]));
    }

    [Theory]
    [InlineData("{\n  \"stage\": \"prod\"\n  \"port\": 1\n}", "line 3: Not JSON:")]
    [InlineData("", "line 1: Not JSON:")]
    [InlineData("null", "line 1: The file must hold an object.")]
    [InlineData("{\n  \"prot\": 8080\n}", "line 2: prot is not a setting.")]
    [InlineData("{\n  \"port\": \"many\"\n}", "line 2: port must be a whole number.")]
    [InlineData("{\n  \"limits\": {\n    \"idleTimeout\": \"soon\"\n  }\n}", "line 3: limits.idleTimeout must be a time like \"00:00:30\".")]
    [InlineData("{\n\n  \"port\": 70000\n}", "line 3: port must be from 0 to 65535, but is 70000.")]
    [InlineData("{\n  \"http2Port\": 70000\n}", "line 2: http2Port must be from 0 to 65535, but is 70000.")]
    [InlineData("{\n  \"port\": 9090,\n  \"http2Port\": 9090\n}", "line 3: http2Port must be another port than port, but both are 9090.")]
    [InlineData("{\n  \"apiId\": \"MyApi\"\n}", "line 2: apiId must be ten lower-case letters and digits, but is 'MyApi'.")]
    [InlineData("{\n  \"routeSelectionExpression\": \"$request.header.x\"\n}", "line 2: The route selection expression '$request.header.x' may only use $request.body and paths below it.")]
    [InlineData("{\n  \"routes\": {\n    \"$conect\": { \"function\": \"f\" }\n  }\n}", "line 3: The route key '$conect' must not begin with a dollar sign; reserved keys are $connect, $disconnect and $default.")]
    [InlineData("{\n  \"routes\": {\n    \"a\": { \"function\": \"f\" },\n    \"b\": { }\n  }\n}", "line 4: The route 'b' must name a function of 1 to 64 letters, digits, hyphens and underscores, but names ''.")]
    [InlineData("{\n  \"routes\": {\n    \"$connect\": {\n      \"function\": \"f\",\n      \"routeResponse\": true\n    }\n  }\n}", "line 5: The route '$connect' cannot have a route response.")]
    [InlineData("{\n  \"functions\": {\n    \"f\": {}\n  }\n}", "line 3: The function 'f' is used by no route and no authorizer.")]
    [InlineData("{\n  \"authorizer\": {\n    \"function\": \"f\",\n    \"identitySources\": [\"method.request.header.X\"]\n  }\n}", "line 4: The identity source 'method.request.header.X' must be route.request.header.NAME, route.request.querystring.NAME, stageVariables.NAME or context.NAME.")]
    [InlineData("{\n  \"limits\": { \"timeScale\": 1,\n    \"integrationTimeout\": \"00:00:30\" }\n}", "line 3: limits.integrationTimeout must be from 00:00:00.050 to 00:00:29, but is 00:00:30.")]
    [InlineData("{\n  \"faults\": { \"errorRate\": 1.5 }\n}", "line 2: faults.errorRate must be from 0 to 1, but is 1.5.")]
    public void A_mistake_in_the_file_is_told_with_its_line(string text, string said)
    {
        File.WriteAllText(_file, text);
        var message = Assert.Throws<GatewayOptionsException>(() => GatewayFile.Read(_file)).Message;
        Assert.StartsWith($"{_file}, {said}", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_program_ends_with_1_and_one_sentence_when_its_file_is_missing()
    {
        var (code, output) = await RunAsync(TestContext.Current.CancellationToken, _file);
        Assert.Equal(1, code);
        Assert.Matches($"^{_file} cannot be read: [^\n]+$", output);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_program_ends_with_1_and_one_sentence_when_its_port_is_taken()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await File.WriteAllTextAsync(_file, "{}", cancellation);
        var (code, output) = await RunAsync(cancellation, _file, "--port", $"{port}");
        Assert.Equal((1, $"Port {port} of localhost is taken; choose another with --port."), (code, output));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_health_check_of_a_container_asks_the_gateway_at_the_port_that_its_file_names()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation);
        await File.WriteAllTextAsync(_file, $$"""{ "port": {{gateway.Address.Port}} }""", cancellation);

        Assert.Equal((0, ""), await RunAsync(cancellation, _file, "--health"));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_health_check_of_a_container_fails_with_one_sentence_where_nobody_answers()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // Free, because its owner has just let go of it.
        using var owner = new TcpListener(IPAddress.Loopback, 0);
        owner.Start();
        var port = ((IPEndPoint)owner.LocalEndpoint).Port;
        owner.Stop();
        await File.WriteAllTextAsync(_file, "{}", cancellation);

        var (code, error) = await RunAsync(cancellation, _file, "--port", $"{port}", "--health");

        Assert.Equal(1, code);
        Assert.StartsWith($"No answer at port {port}: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port", "many", "--port must be from 0 to 65535, but is 'many'.")]
    [InlineData("--address", "home", "--address must be localhost or an IP address, but is 'home'.")]
    [InlineData("--colour", "red", "There is no option '--colour'; see --help.")]
    public void A_mistake_on_the_command_line_is_told(string name, string value, string said) =>
        Assert.Equal(said, Assert.Throws<GatewayOptionsException>(() => GatewayArguments.Parse([name, value])).Message);

    private static async Task<(int Code, string Output)> RunAsync(CancellationToken cancellation, params string[] args)
    {
        await using var gateway = ChildProcess.StartProgram("ChatEvents.LocalGateway", arguments: args);
        return (await gateway.WaitForExitAsync(cancellation), string.Join('\n', gateway.Lines()));
    }
}
