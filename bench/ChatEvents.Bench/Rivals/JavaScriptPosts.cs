using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace ChatEvents.Bench.Rivals;

/// <summary>The JavaScript SDKs: a script posts the same and prints what it cost as JSON. Needs Node; <c>npm ci</c> runs the first time.</summary>
internal static class JavaScriptPosts
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "node");

    public static async Task<Cost> RunAsync(string script, string url, Settings settings)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules")))
            await RunAsync("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");

        var printed = await RunAsync(
            "node",
            script,
            url,
            settings.Posts.ToString(CultureInfo.InvariantCulture),
            settings.Concurrency.ToString(CultureInfo.InvariantCulture),
            settings.Rounds.ToString(CultureInfo.InvariantCulture));
        using var cost = JsonDocument.Parse(printed);
        return new Cost(
            TimeSpan.FromMicroseconds(cost.RootElement.GetProperty("cpuMicroseconds").GetDouble()),
            double.NaN,
            cost.RootElement.GetProperty("perSecond").GetDouble());
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
        })!;
        var printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? printed : throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }
}
