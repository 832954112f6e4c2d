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
    public void A_build_for_others_restores_by_the_lock_files_only(string file) =>
        Assert.Matches("RestoreLockedMode[=:] ?\"?true", File.ReadAllText(Path.Combine(SourceTree.Root, file)));

    public static TheoryData<string> Workflows =>
        [.. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, ".github", "workflows")).Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Every_action_is_pinned_by_its_commit_and_says_its_version(string workflow)
    {
        var actions = Uses().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, ".github", "workflows", workflow))).Select(use => use.Groups[1].Value);

        Assert.All(actions, action => Assert.Matches(@"^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", action));
    }

    [Theory]
    [InlineData("deploy/Dockerfile", @"(?:FROM (?:--platform=\S+ )?|^ARG \w+=)(\S+[:/@]\S+)")]
    [InlineData("tests/fresh-machine/Dockerfile", @"^ARG \w+=(\S+)")]
    [InlineData("docker-compose.yml", @"^    image: ""?(?!chat-events/)(\S+)")]
    [InlineData("deploy/ChatEvents.Deploy/Workers/TelemetrySidecar.cs", @"""(public\.ecr\.aws/\S+)""")]
    public void Every_image_that_is_pulled_is_pinned_by_its_digest(string file, string pattern)
    {
        var images = Regex.Matches(File.ReadAllText(Path.Combine(SourceTree.Root, file)), pattern, RegexOptions.Multiline).Select(image => image.Groups[1].Value);

        Assert.NotEmpty(images);
        Assert.All(images, image => Assert.Matches(@":[\w.-]+@sha256:[0-9a-f]{64}", image));
    }

    [Fact]
    public void Only_the_building_machines_processor_runs_anything_so_that_any_machine_builds_for_any()
    {
        var stages = Dockerfile.Split("\nFROM ").Skip(1).ToList();
        var running = stages.Where(stage => stage.Contains("\nRUN ", StringComparison.Ordinal)).ToList();

        Assert.Contains(stages, stage => stage.StartsWith("--platform=$BUILDPLATFORM $SDK AS sdk\n", StringComparison.Ordinal));
        Assert.Equal(["sdk AS projects", "sdk AS build"], running.Select(stage => stage.Split('\n')[0]));
        Assert.Contains("-p:UseAppHost=false", running[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Images_say_the_version_of_the_programs_in_them_and_no_other()
    {
        Assert.Contains("${VERSION:+-p:Version=$VERSION} ${REVISION:+-p:SourceRevisionId=$REVISION}", Dockerfile, StringComparison.Ordinal);
        Assert.DoesNotMatch("ARG (VERSION|REVISION)=", Dockerfile);
    }

    [Fact]
    public void No_image_runs_as_root_or_through_a_shell()
    {
        var stages = Dockerfile.Split("\nFROM ").Skip(1).ToList();
        var shared = Assert.Single(stages, stage => stage.Contains(" AS program\n", StringComparison.Ordinal));
        var programs = stages.Where(stage => stage.StartsWith("program AS ", StringComparison.Ordinal)).ToList();

        Assert.Contains("\nUSER $APP_UID", shared, StringComparison.Ordinal);
        Assert.Equal(6, programs.Count);
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
        Assert.Equal(["BASE", "OFFICIAL_AWS_PACKAGES", "REVISION", "SDK", "VERSION"], arguments.Order(StringComparer.Ordinal));
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
        Assert.Equal(17, services.Count);
        Assert.All(services, service => Assert.Matches(@"<<: \*(program|route)\n", service));
    }

    /// <summary>The lines from this one to the next one that is not indented.</summary>
    private static string Block(string compose, string line)
    {
        var rest = compose[compose.IndexOf(line, StringComparison.Ordinal)..];
        return rest[..rest.IndexOf("\n\n", StringComparison.Ordinal)];
    }

    [GeneratedRegex(@"uses: (.+)$", RegexOptions.Multiline)]
    private static partial Regex Uses();

    [GeneratedRegex(@"^ARG (\w+)", RegexOptions.Multiline)]
    private static partial Regex Argument();

    [GeneratedRegex(@"^  [\w-]+:\n(?:    .*\n|\n)+", RegexOptions.Multiline)]
    private static partial Regex Service();
}
