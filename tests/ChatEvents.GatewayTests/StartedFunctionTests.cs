using System.Globalization;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>Functions whose environments the gateway starts, scales, restarts and ends (faults.md B4, B5, B12).</summary>
public sealed class StartedFunctionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("functions").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory(Timeout = 120_000)]
    [InlineData("app.js", "app.handler", "exports.handler = async event => ({ statusCode: 200, body: 'Echo: ' + event.body });")]
    [InlineData("app.js", "app.handler", "exports.handler = (event, context, callback) => setImmediate(() => callback(null, { statusCode: 200, body: 'Echo: ' + event.body }));")]
    [InlineData("src/app.js", "src/app.api.send", "exports.api = { send: async event => ({ statusCode: 200, body: 'Echo: ' + event.body }) };")]
    [InlineData("app.mjs", "app.handler", "export const handler = async event => ({ statusCode: 200, body: 'Echo: ' + event.body });")]
    [InlineData("app.cjs", "app.handler", "exports.handler = async event => ({ statusCode: 200, body: 'Echo: ' + event.body });")]
    [InlineData("app.py", "app.handler", "def handler(event, context):\n    return {'statusCode': 200, 'body': 'Echo: ' + event['body']}\n")]
    [InlineData("src/send.py", "src/send.lambda_handler", "def lambda_handler(event, context):\n    return {'statusCode': 200, 'body': 'Echo: ' + event['body']}\n")]
    [InlineData("src/send.py", "src.send.lambda_handler", "def lambda_handler(event, context):\n    return {'statusCode': 200, 'body': 'Echo: ' + event['body']}\n")]
    public async Task A_handler_of_Node_or_Python_runs_as_it_is(string file, string handler, string code)
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write(file, code);
        await using var gateway = await StartAsync(function => function.Handler = handler);
        using var socket = await gateway.ConnectAsync(cancellation);

        await socket.SendTextAsync("Hällo", cancellation);

        Assert.Equal("Echo: Hällo", await socket.ReceiveTextAsync(cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_js_file_of_a_package_of_modules_is_a_module()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write("package.json", """{ "type": "module" }""");
        Write("app.js", "import { sep } from 'node:path';\nexport const handler = async () => ({ statusCode: 200, body: sep });");
        await using var gateway = await StartAsync(function => function.Handler = "app.handler");
        using var socket = await gateway.ConnectAsync(cancellation);

        await socket.SendTextAsync("x", cancellation);

        Assert.Equal("/", await socket.ReceiveTextAsync(cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_command_that_knows_only_host_and_port_is_a_function()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipUnless(Clients.AreInstalled("curl"), "curl is not installed.");
        Write("bootstrap", """
            api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
            while curl -s --noproxy '*' -D head -o event "$api/next"; do
              id=$(sed -n 's/^Lambda-Runtime-Aws-Request-Id: *\([0-9a-f-]*\).*/\1/ip' head)
              curl -s --noproxy '*' -o answer -d '{"statusCode":200,"body":"from a shell"}' "$api/$id/response"
            done
            """);
        await using var gateway = await StartAsync(function => function.Command = "sh bootstrap");
        using var socket = await gateway.ConnectAsync(cancellation);

        await socket.SendTextAsync("x", cancellation);

        Assert.Equal("from a shell", await socket.ReceiveTextAsync(cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task The_variables_of_Lambda_and_of_the_file_are_set()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write("app.mjs", """
            const names = ['TABLE_NAME', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_VERSION',
              'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', '_HANDLER', 'LAMBDA_TASK_ROOT'];
            export const handler = async (event, context) => ({ statusCode: 200, body: names.map(name => process.env[name]).join(' ')
              + ` ${!!process.env.AWS_ACCESS_KEY_ID} ${context.functionName} ${context.getRemainingTimeInMillis() > 1000}` });
            """);
        await using var gateway = await StartAsync(function =>
        {
            function.Handler = "app.handler";
            function.Environment["TABLE_NAME"] = "simplechat";
        });
        using var socket = await gateway.ConnectAsync(cancellation);

        await socket.SendTextAsync("x", cancellation);

        Assert.Equal(
            $"simplechat eu-central-1 eu-central-1 send $LATEST 1024 /aws/lambda/send local app.handler {_folder} true send true",
            await socket.ReceiveTextAsync(cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task Environments_are_started_while_events_wait_up_to_the_number_of_instances()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // Each event ends only when two processes have one.
        Write("app.mjs", """
            import { readdirSync, writeFileSync } from 'node:fs';
            export const handler = async () => {
              writeFileSync(`${process.env.MEET}/${process.pid}`, '');
              while (readdirSync(process.env.MEET).length < 2) await new Promise(done => setTimeout(done, 20));
              return { statusCode: 200, body: `${process.pid}` };
            };
            """);
        var meet = Directory.CreateDirectory(Path.Combine(_folder, "meet")).FullName;
        await using var gateway = await StartAsync(function =>
        {
            function.Handler = "app.handler";
            function.Instances = 2;
            function.Environment["MEET"] = meet;
        });
        using var socket = await gateway.ConnectAsync(cancellation);

        for (var i = 0; i < 6; i++)
            await socket.SendTextAsync("x", cancellation);

        var processes = new HashSet<string>();
        for (var i = 0; i < 6; i++)
            processes.Add(await socket.ReceiveTextAsync(cancellation));
        Assert.Collection(processes, _ => { }, _ => { }); // shows what they said, if that is not two
    }

    [Theory(Timeout = 120_000)]
    [InlineData("app.js", "exports.handler = async () => ({ statusCode: 200, body: 'NUMBER' });")]
    [InlineData("app.py", "def handler(event, context):\n    return {'statusCode': 200, 'body': 'NUMBER'}\n")]
    public async Task A_changed_file_restarts_the_function(string file, string code)
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write(file, code.Replace("NUMBER", "one", StringComparison.Ordinal));
        await using var gateway = await StartAsync(function => function.Handler = "app.handler");
        using var socket = await gateway.ConnectAsync(cancellation);
        await socket.SendTextAsync("x", cancellation);
        Assert.Equal("one", await socket.ReceiveTextAsync(cancellation));

        Write(file, code.Replace("NUMBER", "another", StringComparison.Ordinal));
        await gateway.LogLineAsync("send: files changed", cancellation);
        await socket.SendTextAsync("x", cancellation);

        Assert.Equal("another", await socket.ReceiveTextAsync(cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task An_environment_without_events_is_ended_and_another_one_started_when_needed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write("app.js", "exports.handler = async () => ({ statusCode: 200, body: `${process.pid}` });");
        await using var gateway = await StartAsync(function =>
        {
            function.Handler = "app.handler";
            function.IdleTimeout = TimeSpan.FromSeconds(1);
        });
        using var socket = await gateway.ConnectAsync(cancellation);
        await socket.SendTextAsync("x", cancellation);
        var first = await socket.ReceiveTextAsync(cancellation);

        await Patiently.UntilAsync("the end of the process", () => !IsRunning(first), cancellation);
        await socket.SendTextAsync("x", cancellation);

        Assert.NotEqual(first, await socket.ReceiveTextAsync(cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task Stopping_the_gateway_ends_its_functions()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write("app.js", "exports.handler = async () => ({ statusCode: 200, body: `${process.pid}` });");
        var gateway = await StartAsync(function => function.Handler = "app.handler");
        using var socket = await gateway.ConnectAsync(cancellation);
        await socket.SendTextAsync("x", cancellation);
        var process = await socket.ReceiveTextAsync(cancellation);

        await gateway.DisposeAsync();

        await Patiently.UntilAsync("the end of the process", () => !IsRunning(process), cancellation);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("app.js", "\n\nexports.handler = async () => {", "app.js:")]
    [InlineData("app.js", "\n\nrequire('./missing');", "Cannot find module './missing'")]
    [InlineData("app.mjs", "\nexport const handler = undefined;\nthrow new Error('no table');", "no table (")]
    [InlineData("app.py", "\n\ndef handler(event:\n", "app.py:3)")]
    [InlineData("app.py", "\nimport missing_module\n", "app.py:2)")]
    public async Task A_handler_that_cannot_be_loaded_is_told_with_file_and_line(string file, string code, string said)
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write(file, code);
        await using var gateway = await StartAsync(function => function.Handler = "app.handler");
        using var socket = await gateway.ConnectAsync(cancellation);

        await socket.SendTextAsync("x", cancellation);

        Assert.StartsWith("""{"message": "Internal server error",""", await socket.ReceiveTextAsync(cancellation), StringComparison.Ordinal);
        var line = await gateway.LogLineAsync("Function send could not start: ", cancellation);
        Assert.Contains(said, line, StringComparison.Ordinal);
        Assert.Contains(file, line + gateway.LogLines, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task An_error_of_a_handler_is_told_with_file_and_line()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write("app.js", "exports.handler = async event => {\n  throw new TypeError('bad ' + event.body);\n};");
        await using var gateway = await StartAsync(function => function.Handler = "app.handler");
        using var socket = await gateway.ConnectAsync(cancellation);

        await socket.SendTextAsync("x", cancellation);

        await socket.ReceiveTextAsync(cancellation);
        var line = await gateway.LogLineAsync("function send failed", cancellation);
        Assert.Contains($"TypeError: bad x ({_folder}/app.js:2)", line, StringComparison.Ordinal);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("app.js", "exports.handler = async event => event.body === 'die' ? process.exit(3) : { statusCode: 200, body: 'alive' };")]
    [InlineData("app.py", "import os\ndef handler(event, context):\n    os._exit(3) if event['body'] == 'die' else None\n    return {'statusCode': 200, 'body': 'alive'}\n")]
    public async Task An_environment_that_dies_fails_its_event_at_once(string file, string code)
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write(file, code);
        // If it waited for the integration's time, this test would run into its own.
        await using var gateway = await StartAsync(function => function.Handler = "app.handler");
        using var socket = await gateway.ConnectAsync(cancellation);

        await socket.SendTextAsync("die", cancellation);
        Assert.StartsWith("""{"message": "Internal server error",""", await socket.ReceiveTextAsync(cancellation), StringComparison.Ordinal);
        Assert.Contains("Runtime exited with exit status 3", await gateway.LogLineAsync("function send failed", cancellation), StringComparison.Ordinal);
        await socket.SendTextAsync("x", cancellation);

        Assert.Equal("alive", await socket.ReceiveTextAsync(cancellation));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("app.js", "exports.handler = async event => { while (event.body === 'hang'); return { statusCode: 200, body: 'alive' }; };")]
    [InlineData("app.py", "def handler(event, context):\n    while event['body'] == 'hang':\n        pass\n    return {'statusCode': 200, 'body': 'alive'}\n")]
    public async Task An_environment_that_takes_too_long_is_replaced(string file, string code)
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write(file, code);
        await using var gateway = await StartAsync(function =>
        {
            function.Handler = "app.handler";
            function.Instances = 1;
            function.Timeout = TimeSpan.FromSeconds(1);
        });
        using var socket = await gateway.ConnectAsync(cancellation);

        await socket.SendTextAsync("hang", cancellation);
        await socket.ReceiveTextAsync(cancellation);
        await socket.SendTextAsync("x", cancellation);

        Assert.Equal("alive", await socket.ReceiveTextAsync(cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task What_a_function_writes_is_logged_with_its_name_before_each_line()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write("app.js", "exports.handler = async () => { console.log('one\\ntwo'); console.error('three \\u001b[2J'); return { statusCode: 200, body: 'x' }; };");
        await using var gateway = await StartAsync(function => function.Handler = "app.handler");
        using var socket = await gateway.ConnectAsync(cancellation);

        await socket.SendTextAsync("x", cancellation);

        await gateway.LogLineAsync("send: one", cancellation);
        await gateway.LogLineAsync("send: two", cancellation);
        await gateway.LogLineAsync(@"send: three \u001b[2J", cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_handler_with_a_debugger_has_one_environment_and_no_time_limit()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Write("app.js", "exports.handler = async () => { await new Promise(done => setTimeout(done, 1500)); return { statusCode: 200, body: 'after a break' }; };");
        await using var gateway = await StartAsync(function =>
        {
            function.Handler = "app.handler";
            function.DebugPort = FreePort();
            function.Timeout = TimeSpan.FromSeconds(1);
        });
        using var socket = await gateway.ConnectAsync(cancellation);

        await socket.SendTextAsync("x", cancellation);

        Assert.Equal("after a break", await socket.ReceiveTextAsync(cancellation));
        await gateway.LogLineAsync("send: Debugger listening on ws://127.0.0.1:", cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_program_that_cannot_be_started_fails_its_event_and_says_why()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(function => function.Command = "no-such-program");
        using var socket = await gateway.ConnectAsync(cancellation);

        await socket.SendTextAsync("x", cancellation);

        Assert.StartsWith("""{"message": "Internal server error",""", await socket.ReceiveTextAsync(cancellation), StringComparison.Ordinal);
        await gateway.LogLineAsync("no-such-program", cancellation);
    }

    [Fact]
    public void A_handler_without_a_file_is_told_before_anything_starts()
    {
        var options = new GatewayOptions().Route("$default", "send");
        options.Functions["send"] = new FunctionOptions { Handler = "src/app.handler", Directory = _folder };

        Assert.Equal(
            $"functions.send.handler 'src/app.handler' has no file: looked for src/app.js, src/app.mjs, src/app.cjs and src/app.py in {_folder}.",
            Assert.Throws<GatewayOptionsException>(() => GatewayHost.Build(options)).Message);
    }

    private static bool IsRunning(string process) => ChildProcess.IsRunning(int.Parse(process, CultureInfo.InvariantCulture));

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Write(string name, string text)
    {
        Assert.SkipWhen(name.EndsWith(".py", StringComparison.Ordinal) && !Clients.AreInstalled("python3"), "Python is not installed.");
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    /// <summary>A gateway whose only route sends back what its only function <c>send</c> answers.</summary>
    private Task<TestGateway> StartAsync(Action<FunctionOptions> configure) => TestGateway.StartAsync(Cancellation, options =>
    {
        options.Route("$default", "send", routeResponse: true);
        options.Functions["send"] = new FunctionOptions { Directory = _folder };
        configure(options.Functions["send"]);
    });
}
