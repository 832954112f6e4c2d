using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>
/// The system as it is deployed: gateway, route functions and workers are separate programs, on servers where the queues and tables exist
/// already. The workers can be killed and started again.
/// </summary>
public partial class SeparateProgramsFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private readonly List<ChildProcess> _programs = [];
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory();

    public SystemServers Servers { get; private set; } = null!;

    public Uri Url { get; private set; } = null!;

    public ChildProcess Registry { get; private set; } = null!;

    public ChildProcess FanOut { get; private set; } = null!;

    /// <summary>Of the gateway; those of AWS by default.</summary>
    protected virtual JsonObject Limits => [];

    public virtual async ValueTask InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(StartTimeout, TimeProvider.System);
        Servers = await SystemServers.StartAsync(timeout.Token);
        await Servers.CreateQueuesAndTablesAsync(timeout.Token);

        var file = await WriteGatewayFileAsync(timeout.Token);
        var gateway = Keep(ChildProcess.StartProgram("ChatEvents.LocalGateway", null, file, "--port", "0"));
        Url = new Uri(ListeningLine().Match(await gateway.WaitForLineAsync(ListeningLine(), timeout.Token)).Groups["url"].Value);
        foreach (var handler in Routes.RouteFunction.Handlers)
        {
            Keep(ChildProcess.StartProgram("ChatEvents.Routes", new Dictionary<string, string?>(Servers.Environment)
            {
                ["_HANDLER"] = handler,
                ["AWS_LAMBDA_RUNTIME_API"] = $"{Url.Authority}/{handler}",
                ["CALLBACK_ENDPOINT"] = new UriBuilder(Url) { Scheme = Uri.UriSchemeHttp }.Uri.ToString(),
            }));
        }

        await StartRegistryAsync(timeout.Token);
        await StartFanOutAsync(timeout.Token);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var program in Enumerable.Reverse(_programs))
        {
            await program.DisposeAsync();
        }

        await Servers.DisposeAsync();
        _files.Delete(recursive: true);
    }

    /// <summary>Injects faults into the gateway, as <c>docs/local-gateway.md</c> names them, in place of those before.</summary>
    public async Task SetFaultsAsync(object faults, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = new UriBuilder(Url) { Scheme = Uri.UriSchemeHttp }.Uri };
        using var answer = await http.PutAsJsonAsync("/_gateway/faults", faults, cancellation);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Starts one more; <see cref="Registry"/> is then the new one.</summary>
    public async Task StartRegistryAsync(CancellationToken cancellation) =>
        Registry = await StartWorkerAsync("ChatEvents.ConnectionRegistry", "Registry", [], cancellation);

    /// <summary>Starts one more, with settings such as <c>--FanOut:PageSize=10</c>; <see cref="FanOut"/> is then the new one.</summary>
    public async Task StartFanOutAsync(CancellationToken cancellation, params string[] settings) =>
        FanOut = await StartWorkerAsync("ChatEvents.FanOut", "FanOut", settings, cancellation);

    private async Task<ChildProcess> StartWorkerAsync(string program, string section, string[] settings, CancellationToken cancellation)
    {
        var worker = Keep(ChildProcess.StartProgram(
            program,
            new Dictionary<string, string?>(Servers.Environment)
            {
                // The messages of a killed worker come back after this time.
                [$"{section}__Queue__VisibilityTimeout"] = "00:00:03",
            },
            ["--urls", "http://127.0.0.1:0", .. settings]));
        await worker.WaitForLineAsync(ReceivingLine(), cancellation);
        return worker;
    }

    /// <summary>The API as the gateway understands it from the synthesized template, and faults that a test may inject.</summary>
    private async Task<string> WriteGatewayFileAsync(CancellationToken cancellation)
    {
        var template = Path.Combine(AppContext.BaseDirectory, "chat.template.json");
        await using var print = ChildProcess.StartProgram("ChatEvents.LocalGateway", null, "--template", template, "--no-start", "--print");
        Assert.Equal(0, await print.WaitForExitAsync(cancellation));
        var options = JsonNode.Parse(string.Join('\n', print.OutputLines()))!;
        var limits = options["limits"] as JsonObject ?? [];
        foreach (var (name, limit) in Limits) limits[name] = limit?.DeepClone();
        options["limits"] = limits.DeepClone();
        options["faults"] = new JsonObject { ["adminEndpoint"] = true };
        var file = Path.Combine(_files.FullName, "gateway.json");
        await File.WriteAllTextAsync(file, options.ToJsonString(), cancellation);
        return file;
    }

    private ChildProcess Keep(ChildProcess program)
    {
        _programs.Add(program);
        return program;
    }

    [GeneratedRegex(@"Listening on (?<url>ws://\S+)")]
    private static partial Regex ListeningLine();

    [GeneratedRegex(@"^\d\d:\d\d:\d\d\.\d{3} queues +Receiving from ")]
    private static partial Regex ReceivingLine();
}
