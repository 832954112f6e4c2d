using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>The program from the user's side: what it prints when it cannot start, and that it leaves nothing behind when it ends.</summary>
public sealed partial class StartingAndStoppingTests
{
    private const string OtherMachines = "From other machines: ";

    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(5);

    [Theory(Timeout = 120_000)]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_stops_everything_within_five_seconds(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are POSIX.");
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await LocalSystemProcess.StartAsync(cancellation);
        await using var client = await ChatClient.ConnectAsync(system.Url, cancellation);
        await client.PostAsync("Hello", cancellation);
        await client.WaitForAsync(1, cancellation);
        Assert.Contains($"Open http://localhost:{system.Url.Port}/ in a browser", system.Process.Lines());
        var children = system.Process.Children();

        var asked = TimeProvider.System.GetTimestamp();
        system.Process.Signal(signal);
        var exitCode = await system.Process.WaitForExitAsync(cancellation);

        Assert.Equal(0, exitCode);
        Assert.InRange(TimeProvider.System.GetElapsedTime(asked), TimeSpan.Zero, StopsWithin);
        Assert.All(children, child => Assert.False(ChildProcess.IsRunning(child)));
        // Other servers than its own count nothing.
        if (!SystemServers.AreNamed) Assert.Matches(BillLine(), system.Process.OutputLines()[^1]);
    }

    [Fact(Timeout = 120_000)]
    public async Task Children_notice_when_the_program_is_killed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Child processes are looked up by ps.");
        Assert.SkipWhen(SystemServers.AreNamed, "Both servers are named by the environment, so there are no children.");
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await LocalSystemProcess.StartAsync(cancellation);
        var children = system.Process.Children();
        Assert.NotEmpty(children);

        system.Process.Kill();

        await Patiently.UntilAsync("the children to end", () => !children.Any(ChildProcess.IsRunning), cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_taken_port_is_one_sentence_and_exit_code_1()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await AssertFailsWithAsync($"Port {port} is taken; name a free one by --port.", null, cancellation, "--port", port.ToString());
    }

    [Fact(Timeout = 120_000)]
    public async Task A_system_that_listens_on_all_addresses_says_where_other_machines_connect()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var system = await LocalSystemProcess.StartAsync(cancellation, arguments: ["--address", "0.0.0.0"]);
        var others = system.Process.Lines().Where(line => line.StartsWith(OtherMachines, StringComparison.Ordinal)).ToList();
        Assert.SkipWhen(others.Count == 0, "This machine has no address but the loopback's.");

        Assert.Equal(("localhost", system.Url.Port), (system.Url.Host, new Uri(others[0][OtherMachines.Length..]).Port));
        await using var ada = await ChatClient.ConnectAsync(system.Url, cancellation);
        await using var bob = await ChatClient.ConnectAsync(new Uri(others[0][OtherMachines.Length..]), cancellation);
        await ada.PostAsync("Hello container", cancellation);
        Assert.Equal(["Echo: Hello container"], await bob.WaitForAsync(1, cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task An_address_of_another_machine_is_one_sentence_and_exit_code_1() =>
        await AssertFailsWithAsync(
            "203.0.113.7 is not an address of this machine; name one by --address.",
            null,
            TestContext.Current.CancellationToken,
            "--address",
            "203.0.113.7",
            "--port",
            "0");

    [Theory(Timeout = 120_000)]
    [InlineData("AWS_ENDPOINT_URL_SQS")]
    [InlineData("AWS_ENDPOINT_URL_DYNAMODB")]
    public async Task An_endpoint_that_does_not_answer_is_one_sentence_and_exit_code_1(string variable)
    {
        var cancellation = TestContext.Current.CancellationToken;
        // Port 9 (discard) has no listener here.
        var environment = new Dictionary<string, string?> { [variable] = "http://127.0.0.1:9" };

        await AssertFailsWithAsync($"{variable} names http://127.0.0.1:9/, but nothing answers there", environment, cancellation, "--port", "0");
    }

    [Fact(Timeout = 120_000)]
    public async Task An_endpoint_that_is_no_URL_is_one_sentence_and_exit_code_1() =>
        await AssertFailsWithAsync(
            "AWS_ENDPOINT_URL_SQS must be an http or https URL, but is 'localhost:4566'.",
            new Dictionary<string, string?> { ["AWS_ENDPOINT_URL_SQS"] = "localhost:4566" },
            TestContext.Current.CancellationToken,
            "--port", "0");

    [Fact(Timeout = 120_000)]
    public async Task A_missing_Node_is_one_sentence_and_exit_code_1()
    {
        Assert.SkipWhen(SystemServers.AreNamed, "Both servers are named by the environment, so Node is not needed.");
        var empty = Directory.CreateTempSubdirectory();

        await AssertFailsWithAsync(
            "`node` was not found, but Node.js 20 or newer is needed for the SQS and DynamoDB emulators",
            new Dictionary<string, string?> { ["PATH"] = empty.FullName },
            TestContext.Current.CancellationToken,
            "--port", "0");
    }

    [Theory(Timeout = 120_000)]
    [InlineData("--port", "70000")]
    [InlineData("--port", "many")]
    [InlineData("--prot", "8081")]
    [InlineData("--address", "everywhere")]
    public async Task A_bad_option_is_said_and_exit_code_is_1(params string[] arguments)
    {
        await using var system = ChildProcess.StartProgram(LocalSystemProcess.Program, arguments: arguments);

        Assert.Equal(1, await system.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.Contains(system.Lines(), line => line.Contains(arguments[1]) || line.Contains(arguments[0]));
    }

    private static async Task AssertFailsWithAsync(
        string sentence, Dictionary<string, string?>? environment, CancellationToken cancellation, params string[] arguments)
    {
        await using var system = ChildProcess.StartProgram(LocalSystemProcess.Program, environment, arguments);

        Assert.Equal(1, await system.WaitForExitAsync(cancellation));

        var line = await system.WaitForLineAsync(new Regex(Regex.Escape(sentence)), cancellation);
        Assert.DoesNotContain(system.Lines(), said => StackFrame().IsMatch(said));
        Assert.EndsWith(".", line);
    }

    /// <summary>A message in and one out; some requests of either kind of queue, some units of either kind.</summary>
    [GeneratedRegex(@"^On AWS .*: 2 messages of 32 KB, .*; [1-9]\d* requests of SQS \$\d.*; [1-9]\d* requests of FIFO queues .*; [1-9][\d.]* read units of DynamoDB .*; [1-9]\d* write units ")]
    private static partial Regex BillLine();

    [GeneratedRegex(@"^\s+at \S+\(")]
    private static partial Regex StackFrame();
}
