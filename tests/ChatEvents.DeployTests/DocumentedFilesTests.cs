using System.Text.RegularExpressions;
using ChatEvents.Deploy;

namespace ChatEvents.DeployTests;

/// <summary>The way of a message in docs/architecture.md, which names files below a folder.</summary>
public partial class DocumentedFilesTests
{
    [Fact]
    public void The_files_on_a_messages_way_exist_and_are_as_many_as_the_page_says()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "architecture.md"));
        var named = new List<string>();
        foreach (Match section in Section().Matches(page))
        {
            var folder = section.Groups["folder"].Value;
            named.AddRange(FileName().Matches(section.Groups["table"].Value).Select(file => $"{folder}/{file.Groups["name"].Value}"));
        }

        Assert.Equal(6, Section().Count(page));
        Assert.DoesNotContain(named, file => !File.Exists(Path.Combine(SourceTree.Root, file)));
        Assert.Equal(named.Distinct(), named);
        Assert.Contains($"That is {named.Count} files.", page, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\*\*[^*]+\*\*, `(?<folder>[^`]+)`[^|]*(?<table>(\|.*\n)+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Section();

    [GeneratedRegex(@"`(?<name>[A-Za-z0-9/]+\.cs)`", RegexOptions.ExplicitCapture)]
    private static partial Regex FileName();
}
