using System.Net.WebSockets;
using System.Text.RegularExpressions;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests.Harness;

/// <summary>A stranger's project in a temporary folder, and the gateway as a program started in it.</summary>
internal sealed partial class Project : IAsyncDisposable
{
    private readonly List<ChildProcess> _programs = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("project").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    /// <summary>Lets handlers import the packages of the folder <c>Node</c>, as after an <c>npm install</c>.</summary>
    public async Task LinkNodePackagesAsync() =>
        Directory.CreateSymbolicLink(Path.Combine(Folder, "node_modules"), Path.Combine(await Clients.NodePackagesAsync(Cancellation), "node_modules"));

    /// <summary>Starts a program in the folder. Certificates are kept below it.</summary>
    public ChildProcess Start(string program, params string[] arguments)
    {
        var started = ChildProcess.Start(
            program, arguments, Folder, new Dictionary<string, string?> { ["XDG_DATA_HOME"] = Path.Combine(Folder, ".data") });
        _programs.Add(started);
        return started;
    }

    public ChildProcess StartGateway(params string[] arguments) =>
        Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "ChatEvents.LocalGateway.dll"), .. arguments]);

    /// <summary>Starts the gateway on a free port and waits until it listens.</summary>
    public async Task<(ChildProcess Gateway, Uri Address)> ServeAsync(params string[] arguments)
    {
        var gateway = StartGateway(["--port", "0", .. arguments]);
        return (gateway, await AddressOfAsync(gateway));
    }

    public static async Task<Uri> AddressOfAsync(ChildProcess gateway) =>
        new(ListeningLine().Match(await gateway.WaitForLineAsync(ListeningLine(), Cancellation)).Groups["url"].Value);

    public static async Task<ClientWebSocket> ConnectAsync(Uri address)
    {
        var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        await socket.ConnectAsync(address, Cancellation);
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _programs)
            await program.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    [GeneratedRegex(@"Listening on (?<url>ws://\S+)")]
    private static partial Regex ListeningLine();
}
