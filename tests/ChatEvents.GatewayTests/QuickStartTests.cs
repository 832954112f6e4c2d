using System.Text.RegularExpressions;
using ChatEvents.GatewayTests.Harness;

namespace ChatEvents.GatewayTests;

/// <summary>
/// The quick starts of docs/local-gateway.md, run as written in a temporary folder. Only this differs: the port is a free one, packages that
/// are here already are not installed again, and the client is one of .NET that types and reads what the page says.
/// </summary>
public sealed partial class QuickStartTests : IAsyncDisposable
{
    private readonly Project _project = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _project.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public Task Your_Node_project_in_five_minutes() => RunAsync("Your Node project in five minutes", TestContext.Current.CancellationToken);

    [Fact(Timeout = 300_000)]
    public Task Your_dotNET_Lambda()
    {
        // Feeds that lack Amazon's packages build with the stand-ins of this repository, which are beside this test.
        _project.Write("Directory.Build.targets", $"""
            <Project>
              <ItemGroup>
                <PackageReference Remove="@(PackageReference)" />
                <Reference Include="{AppContext.BaseDirectory}Amazon.Lambda.*.dll;{AppContext.BaseDirectory}AWSSDK.*.dll" />
              </ItemGroup>
            </Project>
            """);
        return RunAsync("Your .NET Lambda", TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 300_000)]
    public Task Your_Python_Lambda()
    {
        Assert.SkipUnless(Clients.AreInstalled("python3", "-c", "import boto3"), "Python with its package boto3 is not installed.");
        return RunAsync("Your Python Lambda", TestContext.Current.CancellationToken);
    }

    private async Task RunAsync(string heading, CancellationToken cancellation)
    {
        var section = Regex.Match(await ReadPageAsync(), $@"^## {Regex.Escape(heading)}\n(?<text>.*?)^## ", RegexOptions.Multiline | RegexOptions.Singleline).Groups["text"].Value;
        foreach (Match file in FileBlock().Matches(section))
            _project.Write(file.Groups["name"].Value, file.Groups["text"].Value);

        var address = await RunCommandsAsync(ShellBlock().Match(section).Groups["text"].Value);
        await TalkAsync(address, ConversationBlock().Match(section).Groups["text"].Value);
    }

    /// <summary>The last command is the gateway's; returns where it listens.</summary>
    private async Task<Uri> RunCommandsAsync(string commands)
    {
        foreach (var command in commands.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (GatewayCommand().Match(command) is { Success: true } gateway)
                return (await _project.ServeAsync(gateway.Groups["file"].Value)).Address;
            if (command.StartsWith("npm install ", StringComparison.Ordinal))
                await _project.LinkNodePackagesAsync();
            else if (!command.StartsWith("pip install ", StringComparison.Ordinal))
                Assert.Equal(0, await _project.Start("sh", "-c", command).WaitForExitAsync(Cancellation));
        }

        throw new InvalidOperationException("The page does not start the gateway.");
    }

    private static async Task TalkAsync(Uri address, string conversation)
    {
        Assert.StartsWith("$ npx wscat -c ws://localhost:8080/dev\n", conversation, StringComparison.Ordinal);
        Assert.Equal("/dev", address.AbsolutePath);
        using var socket = await Project.ConnectAsync(address);
        foreach (var line in conversation.Split('\n').Skip(1))
        {
            if (line.StartsWith("> ", StringComparison.Ordinal))
                await socket.SendTextAsync(line[2..], Cancellation);
            else if (line.StartsWith("< ", StringComparison.Ordinal))
                Assert.Equal(line[2..], await socket.ReceiveTextAsync(Cancellation));
        }
    }

    private static Task<string> ReadPageAsync() =>
        File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "local-gateway.md"), Cancellation);

    [GeneratedRegex(@"^`(?<name>[^`\n]+)`\n```\w+\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FileBlock();

    [GeneratedRegex(@"^```sh\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"^```\n(?<text>\$ .*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ConversationBlock();

    [GeneratedRegex(@"^dotnet run --project ~/chat-events/services/ChatEvents\.LocalGateway -- (?<file>\S+)$")]
    private static partial Regex GatewayCommand();
}
