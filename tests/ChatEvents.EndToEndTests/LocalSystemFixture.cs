using System.Text.RegularExpressions;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>
/// One local system for tests that share it. If CHAT_URL is set, they test the system that runs there, such as that of docker compose;
/// AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_DYNAMODB must then name its servers.
/// </summary>
public partial class LocalSystemFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private LocalSystemProcess? _system;

    /// <summary>Settings of the system, as environment variables. None by default.</summary>
    protected virtual IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>();

    public SystemServers Servers { get; private set; } = null!;

    public Uri Url { get; private set; } = null!;

    /// <summary>The program, with its output; null if CHAT_URL names a running system.</summary>
    public ChildProcess? Process => _system?.Process;

    public async ValueTask InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(StartTimeout, TimeProvider.System);
        Servers = await SystemServers.StartAsync(timeout.Token);
        if (Environment.GetEnvironmentVariable("CHAT_URL") is { Length: > 0 } running)
        {
            Url = new Uri(running);
            return;
        }

        var environment = Servers.Environment;
        foreach (var (name, value) in Settings) environment[name] = value;
        _system = await LocalSystemProcess.StartAsync(timeout.Token, environment);
        Url = _system.Url;
    }

    /// <summary>Runs the operator's tool with the variables that were printed, and those of the fixture's own credentials.</summary>
    /// <returns>Its standard output; it must not fail.</returns>
    public async Task<IReadOnlyList<string>> RunAdminAsync(params string[] args)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var environment = await PrintedVariablesAsync(cancellation);
        foreach (var (name, value) in Servers.Environment) environment.TryAdd(name, value);

        await using var admin = ChildProcess.StartProgram("ChatEvents.Admin", environment, args);
        var exitCode = await admin.WaitForExitAsync(cancellation);
        Assert.True(exitCode == 0, string.Join('\n', admin.Lines()));
        return admin.OutputLines();
    }

    /// <summary>The variables of the line that the system prints for other programs.</summary>
    public async Task<Dictionary<string, string?>> PrintedVariablesAsync(CancellationToken cancellation)
    {
        var export = await Process!.WaitForLineAsync(ExportLine(), cancellation);
        return ExportLine().Match(export).Groups["variables"].Value.Split(' ')
            .Select(variable => variable.Split('=', 2))
            .ToDictionary(variable => variable[0], variable => (string?)variable[1]);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_system is not null) await _system.DisposeAsync();
        await Servers.DisposeAsync();
    }

    [GeneratedRegex("^  export (?<variables>.+)$")]
    private static partial Regex ExportLine();
}
