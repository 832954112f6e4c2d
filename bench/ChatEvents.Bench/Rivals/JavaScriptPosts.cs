using System.Globalization;
using System.Text.Json;

namespace ChatEvents.Bench.Rivals;

/// <summary>The JavaScript SDKs: a script posts the same and prints what it cost as JSON.</summary>
internal static class JavaScriptPosts
{
    public static async Task<Cost> RunAsync(string script, string url, Settings settings)
    {
        var printed = await NodeScripts.RunAsync(
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
}
