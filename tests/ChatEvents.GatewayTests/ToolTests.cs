using System.Reflection;
using System.Text.RegularExpressions;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>
/// The gateway and the operator's tool as .NET tools, and the libraries for clients and servers: packed, installed from a folder into an empty
/// one, and run.
/// </summary>
public sealed class ToolTests : IAsyncDisposable
{
    private const string Version = "0.0.0-test";

    private static readonly string Program =
        typeof(LocalGateway.GatewayHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static string PackagesFolder => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private readonly Project _project = new();

    public ValueTask DisposeAsync() => _project.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task The_gateway_is_a_tool_that_serves_a_project()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await InstallAsync("ChatEvents.LocalGateway", cancellation);
        _project.Write("app.js", "exports.handler = async event => ({ statusCode: 200, body: `Echo: ${event.body}` });");
        _project.Write("gateway.json", """
            {
              "stage": "dev",
              "routes": { "$default": { "function": "echo", "routeResponse": true } },
              "functions": { "echo": { "handler": "app.handler" } }
            }
            """);

        Assert.Equal([Program], await RunAsync("ws-gateway", cancellation, "--version"));
        Assert.StartsWith("Usage: ws-gateway ", (await RunAsync("ws-gateway", cancellation, "--help"))[0], StringComparison.Ordinal);
        var gateway = _project.Start(Command("ws-gateway"), "--port", "0");
        using var socket = await Project.ConnectAsync(await Project.AddressOfAsync(gateway));
        await socket.SendTextAsync("Hello", cancellation);
        Assert.Equal("Echo: Hello", await socket.ReceiveTextAsync(cancellation));

        gateway.Signal("TERM");
        Assert.Equal(0, await gateway.WaitForExitAsync(cancellation));
        Assert.Contains(gateway.Lines(), line => Regex.IsMatch(line, @"On AWS \(us-east-1, prices of [0-9-]+\) this run would have cost \$0\.\d{6}: 2 messages of 32 KB"));
    }

    [Fact(Timeout = 300_000)]
    public async Task The_operators_tool_is_one_too()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await InstallAsync("ChatEvents.Admin", cancellation);

        Assert.Equal([Program], await RunAsync("chatevents", cancellation, "--version"));
        Assert.Contains(await RunAsync("chatevents", cancellation, "--help"), line => line.Contains("connections", StringComparison.Ordinal));
    }

    [Fact(Timeout = 300_000)]
    public async Task The_libraries_are_packages_that_a_program_uses()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await PackAsync("clients/dotnet/ChatEvents.Client", cancellation);
        await PackAsync("services/ChatEvents.Publisher", cancellation);
        _project.Write("app.js", """
            exports.handler = async event => {
              const { action, id } = JSON.parse(event.body);
              const answer = action === 'hello' ? { type: 'hello', id, user: 'ada', rooms: ['everyone', '@ada'] } : { type: 'accepted', id, messageId: 'm1' };
              return { statusCode: 200, body: JSON.stringify(answer) };
            };
            """);
        _project.Write("gateway.json", """
            {
              "stage": "dev",
              "routes": { "$default": { "function": "chat", "routeResponse": true } },
              "functions": { "chat": { "handler": "app.handler" } }
            }
            """);
        var (_, address) = await _project.ServeAsync();

        // The packages come from the feed, into a folder of this project; what they need beside themselves, from where this build has it.
        _project.Write("nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><clear /><add key="feed" value="feed" /></packageSources>
              <fallbackPackageFolders><add key="machine" value="{PackagesFolder}" /></fallbackPackageFolders>
            </configuration>
            """);
        _project.Write("Program.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="ChatEvents.Client" Version="{Version}" />
                <PackageReference Include="ChatEvents.Publisher" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        _project.Write("Program.cs", """
            using Amazon.SQS;
            using ChatEvents.Client;
            using ChatEvents.Publisher;

            await using var client = new ChatClient(new Uri(args[0]));
            await client.ConnectAsync();
            Console.WriteLine($"{client.Session!.User} said {await client.Room("blue").SendAsync("Hello")}");

            var publisher = new ChatPublisher(new AmazonSQSClient("id", "secret", new AmazonSQSConfig { ServiceURL = "http://127.0.0.1:9", MaxErrorRetry = 0 }), "billing");
            await publisher.PublishAsync("blue", "Hello").ContinueWith(published => Console.WriteLine($"published: {published.Exception?.InnerException?.GetType().Name}"));
            """);
        await DotnetAsync(cancellation, "build", "-p:RestoreLockedMode=false", "-nologo", "-v", "q");

        Assert.Equal(
            ["ada said m1", "published: HttpRequestException"],
            await RunProgramAsync("dotnet", cancellation, Path.Combine("bin", "Debug", "net10.0", "Program.dll"), address.AbsoluteUri));
    }

    [Fact(Timeout = 300_000)]
    public async Task As_a_library_it_serves_functions_in_a_program_of_an_empty_folder()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await PackAsync("services/ChatEvents.LocalGateway", cancellation, "-p:AsLibrary=true");
        // What the gateway itself references is there from its own build.
        _project.Write("nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><clear /><add key="feed" value="feed" /></packageSources>
              <fallbackPackageFolders><add key="built" value="{PackagesFolder}" /></fallbackPackageFolders>
            </configuration>
            """);
        _project.Write("Chat.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
              <ItemGroup><PackageReference Include="ChatEvents.LocalGateway.Hosting" Version="{Version}" /></ItemGroup>
            </Project>
            """);
        _project.Write("app.js", "exports.handler = async event => ({ statusCode: 200, body: `Echo: ${event.body}` });");
        _project.Write("Program.cs", """
            using ChatEvents.LocalGateway;
            using ChatEvents.LocalGateway.Configuration;
            using Microsoft.Extensions.Hosting;

            await using var gateway = GatewayHost.Build(new GatewayOptions
            {
                Port = 0,
                Stage = "dev",
                Routes = { ["$default"] = new() { Function = "echo", RouteResponse = true } },
                Functions = { ["echo"] = new() { Handler = "app.handler", Directory = Environment.CurrentDirectory } },
            });
            await gateway.StartAsync();
            Console.WriteLine($"Listening on {gateway.Urls.First().Replace("http", "ws")}/dev");
            await gateway.WaitForShutdownAsync();
            """);

        await DotnetAsync(cancellation, "build", "--output", "built");
        var program = _project.Start("dotnet", Path.Combine("built", "Chat.dll"));
        using var socket = await Project.ConnectAsync(await Project.AddressOfAsync(program));
        await socket.SendTextAsync("Hello", cancellation);

        Assert.Equal("Echo: Hello", await socket.ReceiveTextAsync(cancellation));
        Assert.False(File.Exists(Path.Combine(_project.Folder, "built", "gateway.json")));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("ChatEvents.Conformance")]
    [InlineData("ChatEvents.Local")]
    public async Task A_program_says_its_version(string program)
    {
        await using var process = ChildProcess.StartProgram(program, arguments: "--version");

        Assert.Equal(0, await process.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.Equal([Program], process.Lines());
    }

    /// <summary>What was built for this test is packed; nothing is built again.</summary>
    /// <param name="project">The folder of the project in the repository.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="options">Further ones.</param>
    private async Task PackAsync(string project, CancellationToken cancellation, params string[] options)
    {
        var configuration = AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug";
        await DotnetAsync(
            cancellation,
            ["pack", Path.Combine(Repository.Root, project), "--no-build", "--configuration", configuration, "--output", "feed", $"-p:PackageVersion={Version}", .. options]);
    }

    private async Task InstallAsync(string project, CancellationToken cancellation)
    {
        await PackAsync($"services/{project}", cancellation);
        _project.Write("nuget.config", """
            <configuration><packageSources><clear /><add key="feed" value="feed" /></packageSources></configuration>
            """);
        await DotnetAsync(cancellation, "tool", "install", project, "--version", Version, "--tool-path", "tools", "--configfile", "nuget.config");
    }

    private async Task DotnetAsync(CancellationToken cancellation, params string[] arguments)
    {
        var dotnet = _project.Start("dotnet", arguments);
        Assert.True(await dotnet.WaitForExitAsync(cancellation) == 0, string.Join('\n', dotnet.Lines()));
    }

    private Task<IReadOnlyList<string>> RunAsync(string command, CancellationToken cancellation, params string[] arguments) =>
        RunProgramAsync(Command(command), cancellation, arguments);

    private async Task<IReadOnlyList<string>> RunProgramAsync(string file, CancellationToken cancellation, params string[] arguments)
    {
        var program = _project.Start(file, arguments);
        Assert.Equal(0, await program.WaitForExitAsync(cancellation));
        return [.. program.Lines().Where(line => line.Length > 0)];
    }

    private string Command(string name) => Path.Combine(_project.Folder, "tools", OperatingSystem.IsWindows() ? $"{name}.exe" : name);
}
