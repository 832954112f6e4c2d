using System.Runtime.CompilerServices;
using ChatEvents.DeployTests.Synthesis;

namespace ChatEvents.DeployTests;

/// <summary>
/// Every value of a template, stored in <c>Snapshots/</c>, so that a review shows the effects of a change. After an intended change run the
/// test with <c>UPDATE_SNAPSHOTS=1</c> and commit the files that it writes.
/// </summary>
public class SnapshotTests
{
    [Fact]
    public void The_small_deployment_is_as_it_was() => Compare(Synthesized.Small, "small.txt");

    [Fact]
    public void The_small_deployment_on_functions_is_as_it_was() => Compare(Synthesized.SmallFunctions, "small-functions.txt");

    [Fact]
    public void The_page_is_as_it_was() =>
        Compare(Synthesized.Site, "site.txt", line => line.StartsWith("Resources.Site", StringComparison.Ordinal) || line.StartsWith("Outputs.Site", StringComparison.Ordinal));

    private static void Compare(Template template, string file, Func<string, bool>? isPart = null)
    {
        var path = Path.Combine(FolderOfThisFile(), "Snapshots", file);
        var now = template.Lines().Where(isPart ?? (_ => true)).ToList();
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1") File.WriteAllLines(path, now);

        var before = File.Exists(path) ? File.ReadAllLines(path) : [];
        var changes = before.Except(now).Select(line => $"- {line}").Concat(now.Except(before).Select(line => $"+ {line}"))
            .OrderBy(line => line[2..], StringComparer.Ordinal)
            .ToList();
        Assert.True(changes.Count == 0, $"{file} has changed; UPDATE_SNAPSHOTS=1 accepts it:\n{string.Join('\n', changes)}");
    }

    private static string FolderOfThisFile([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
