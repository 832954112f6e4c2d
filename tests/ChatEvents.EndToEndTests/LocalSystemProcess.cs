using System.Text.RegularExpressions;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>The program that the README's first command runs, ready, on a free port.</summary>
public sealed partial class LocalSystemProcess : IAsyncDisposable
{
    public const string Program = "ChatEvents.Local";

    private LocalSystemProcess(ChildProcess process) => Process = process;

    public ChildProcess Process { get; }

    /// <summary>Where clients connect.</summary>
    public Uri Url { get; private set; } = null!;

    public static async Task<LocalSystemProcess> StartAsync(
        CancellationToken cancellation, IReadOnlyDictionary<string, string?>? environment = null, params string[] arguments)
    {
        var system = new LocalSystemProcess(ChildProcess.StartProgram(
            Program, environment, arguments.Contains("--port") ? arguments : ["--port", "0", .. arguments]));
        try
        {
            var line = await system.Process.WaitForLineAsync(ReadyLine(), cancellation);
            system.Url = new Uri(ReadyLine().Match(line).Groups["url"].Value);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    [GeneratedRegex(@"^Chat is ready: (?<url>ws://\S+)$")]
    private static partial Regex ReadyLine();
}
