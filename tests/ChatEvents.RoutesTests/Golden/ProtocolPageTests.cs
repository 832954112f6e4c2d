using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace ChatEvents.RoutesTests.Golden;

/// <summary>What docs/protocol.md shows is what functions answer. Frames of workers are tested beside them.</summary>
public sealed class ProtocolPageTests
{
    private static readonly string Folder = FolderOfThisFile();

    [Fact]
    public void Each_example_frame_is_in_a_golden_file()
    {
        var golden = Directory.EnumerateFiles(Path.Combine(Folder, "Frames")).SelectMany(File.ReadAllLines)
            .Select(line => line[(line.IndexOf('{', StringComparison.Ordinal) is var begin && begin < 0 ? line.Length : begin)..])
            .ToHashSet(StringComparer.Ordinal);

        Assert.All(Examples().Where(frame => !IsOfWorker(frame)), frame => Assert.Contains(frame, golden));
    }

    [Fact]
    public void Each_code_is_explained()
    {
        var rows = File.ReadAllLines(Page).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]).ToHashSet();

        Assert.All(typeof(Contracts.ErrorCode).GetFields(), field => Assert.Contains((string)field.GetRawConstantValue()!, rows));
    }

    private static string Page => Path.Combine(Folder, "..", "..", "..", "docs", "protocol.md");

    private static IEnumerable<string> Examples()
    {
        var isJson = false;
        foreach (var line in File.ReadAllLines(Page))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) isJson = line == "```json";
            else if (isJson) yield return line;
        }
    }

    private static bool IsOfWorker(string line)
    {
        var frame = JsonNode.Parse(line)!;
        return (string?)frame["type"] switch
        {
            "message" or "removed" or "banned" => true,
            "error" => frame["requestId"] is null,
            _ => false,
        };
    }

    private static string FolderOfThisFile([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
