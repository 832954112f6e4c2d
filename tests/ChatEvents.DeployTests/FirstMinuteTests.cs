using System.Diagnostics;
using ChatEvents.Deploy;

namespace ChatEvents.DeployTests;

/// <summary>What a newcomer meets first.</summary>
public sealed class FirstMinuteTests
{
    [Fact]
    public void The_README_is_short_and_has_its_two_commands_as_they_are_run()
    {
        var lines = File.ReadAllLines(Path.Combine(SourceTree.Root, "README.md"));

        Assert.InRange(lines.Length, 1, 110);
        Assert.Contains("dotnet run --project services/ChatEvents.Local", lines);
        Assert.Contains("dotnet test", lines);
    }

    [Fact]
    public async Task A_missing_SDK_is_named_in_a_sentence()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("no-sdk-");
        try
        {
            var settings = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "global.json"), cancellation);
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "global.json"), settings.Replace("10.0.100", "99.0.100", StringComparison.Ordinal), cancellation);
            using var dotnet = Process.Start(new ProcessStartInfo("dotnet", ["build"])
            {
                WorkingDirectory = folder.FullName,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var said = await dotnet.StandardOutput.ReadToEndAsync(cancellation) + await dotnet.StandardError.ReadToEndAsync(cancellation);

            Assert.Contains("ChatEvents needs the .NET 10 SDK", said, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
