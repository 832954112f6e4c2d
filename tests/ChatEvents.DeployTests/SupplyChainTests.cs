using System.Text.RegularExpressions;
using ChatEvents.Deploy;

namespace ChatEvents.DeployTests;

/// <summary>What is restored, and what goes into images.</summary>
public partial class SupplyChainTests
{
    private static readonly string[] Folders = ["bench", "deploy", "lambdas", "sdk", "services", "tests"];

    public static TheoryData<string> Projects =>
    [
        .. Folders
            .SelectMany(folder => Directory.EnumerateDirectories(Path.Combine(SourceTree.Root, folder)))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj"))
            .Select(project => Path.GetRelativePath(SourceTree.Root, project)),
    ];

    private static string Dockerfile => File.ReadAllText(Path.Combine(SourceTree.Root, "deploy", "Dockerfile"));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_project_has_a_lock_file_that_names_no_server(string project)
    {
        var lockFile = Path.Combine(SourceTree.Root, Path.GetDirectoryName(project)!, "packages.lock.json");

        Assert.DoesNotContain("://", File.ReadAllText(lockFile), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".ci/run")]
    [InlineData("deploy/Dockerfile")]
    [InlineData(".github/workflows/ci.yml")]
    public void Whoever_builds_for_others_restores_by_the_lock_files_only(string file) =>
        Assert.Matches("RestoreLockedMode[=:] ?\"?true", File.ReadAllText(Path.Combine(SourceTree.Root, file)));

    [Fact]
    public void No_image_runs_as_root_or_through_a_shell()
    {
        var stages = Dockerfile.Split("\nFROM ").Skip(1).ToList();
        var shared = Assert.Single(stages, stage => stage.Contains(" AS program\n", StringComparison.Ordinal));
        var programs = stages.Where(stage => stage.StartsWith("program AS ", StringComparison.Ordinal)).ToList();

        Assert.Contains("\nUSER $APP_UID", shared, StringComparison.Ordinal);
        Assert.Equal(4, programs.Count);
        Assert.All(programs, program =>
        {
            Assert.Contains("\nENTRYPOINT [\"dotnet\", ", program, StringComparison.Ordinal);
            Assert.DoesNotContain("\nUSER ", program, StringComparison.Ordinal);
            Assert.DoesNotContain("\nRUN ", program, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Nothing_secret_can_get_into_a_layer()
    {
        var arguments = Argument().Matches(Dockerfile).Select(match => match.Groups[1].Value).Distinct();

        // A build argument can be read from the image's history.
        Assert.Equal(["BASE_TAG", "OFFICIAL_AWS_PACKAGES", "REVISION", "VERSION"], arguments.Order(StringComparer.Ordinal));
        Assert.Equal("*", File.ReadLines(Path.Combine(SourceTree.Root, ".dockerignore")).First(line => !line.StartsWith('#')));
    }

    [Fact]
    public void Every_container_of_ours_has_a_read_only_file_system_and_no_privileges()
    {
        var compose = File.ReadAllText(Path.Combine(SourceTree.Root, "docker-compose.yml"));
        var program = Block(compose, "x-program: &program");
        var services = Service().Matches(compose[compose.IndexOf("\nservices:", StringComparison.Ordinal)..])
            .Select(match => match.Value)
            .Where(service => service.Contains("image: chat-events/", StringComparison.Ordinal)
                || service.Contains("<<: *route", StringComparison.Ordinal))
            .ToList();

        Assert.Contains("read_only: true", program, StringComparison.Ordinal);
        Assert.Contains("tmpfs: [/tmp]", program, StringComparison.Ordinal);
        Assert.Contains("cap_drop: [ALL]", program, StringComparison.Ordinal);
        Assert.Contains("no-new-privileges:true", program, StringComparison.Ordinal);
        Assert.Contains("<<: *program", Block(compose, "x-route: &route"), StringComparison.Ordinal);
        Assert.Equal(11, services.Count);
        Assert.All(services, service => Assert.Matches(@"<<: \*(program|route)\n", service));
    }

    /// <summary>The lines from this one to the next one that is not indented.</summary>
    private static string Block(string compose, string line)
    {
        var rest = compose[compose.IndexOf(line, StringComparison.Ordinal)..];
        return rest[..rest.IndexOf("\n\n", StringComparison.Ordinal)];
    }

    [GeneratedRegex(@"^ARG (\w+)", RegexOptions.Multiline)]
    private static partial Regex Argument();

    [GeneratedRegex(@"^  [\w-]+:\n(?:    .*\n|\n)+", RegexOptions.Multiline)]
    private static partial Regex Service();
}
