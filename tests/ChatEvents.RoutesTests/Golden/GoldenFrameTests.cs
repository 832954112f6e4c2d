using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using ChatEvents.Contracts;

namespace ChatEvents.RoutesTests.Golden;

/// <summary>
/// Every answer to a frame, in both dialects, stored in <c>Frames/</c>: clients rely on them. After an intended change run the test with
/// <c>UPDATE_GOLDEN=1</c>, and commit the files that it writes.
/// </summary>
public sealed partial class GoldenFrameTests
{
    [Fact(Timeout = 120_000)]
    public async Task Every_answer_is_as_its_golden_file()
    {
        foreach (var (file, scenarios) in Scenarios.ByFile)
        {
            var path = Path.Combine(FolderOfThisFile(), "Frames", $"{file}.txt");
            var now = await WriteAsync(scenarios);
            if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") await File.WriteAllTextAsync(path, now, TestContext.Current.CancellationToken);

            Assert.Equal(File.Exists(path) ? await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken) : "", now);
        }
    }

    [Fact]
    public void Each_code_of_the_JSON_dialect_is_answered_to_some_frame()
    {
        var frames = string.Concat(Directory.EnumerateFiles(Path.Combine(FolderOfThisFile(), "Frames")).Select(File.ReadAllText));
        var codes = typeof(ErrorCode).GetFields().Select(field => (string)field.GetRawConstantValue()!).ToHashSet();
        codes.Remove(ErrorCode.NotFound); // of workers

        Assert.Equal(codes.Order(), Code().Matches(frames).Select(match => match.Groups[1].Value).Distinct().Order());
    }

    private static async Task<string> WriteAsync(IReadOnlyList<Scenario> scenarios)
    {
        var text = new StringBuilder();
        foreach (var scenario in scenarios)
        {
            text.Append($"# {scenario.Name}\n");
            text.Append($"> {scenario.Frame}\n");
            text.Append($"json  < {await scenario.AnswerAsync(Dialect.Json, TestContext.Current.CancellationToken)}\n");
            text.Append($"plain < {await scenario.AnswerAsync(Dialect.Plain, TestContext.Current.CancellationToken)}\n\n");
        }

        return text.ToString();
    }

    private static string FolderOfThisFile([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex("\"code\":\"([a-z_]+)\"")]
    private static partial Regex Code();
}
