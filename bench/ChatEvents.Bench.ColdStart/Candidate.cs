using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ChatEvents.Bench.ColdStart;

/// <summary>A program, published in one way.</summary>
/// <param name="Name">In the table.</param>
/// <param name="Project">Folder of the program, from the top of the checkout.</param>
/// <param name="Rival">Which of the programs of this project; null for one of a project of its own.</param>
/// <param name="IsPackage">
/// Published as for Lambda: with its own .NET, trimmed and compiled in one piece. Else it uses the .NET of the machine.
/// </param>
internal sealed record Candidate(string Name, string Project, string? Rival, bool IsPackage)
{
    public const string Bare = "bare process";

    /// <summary>The function that a connection waits for before <c>$connect</c>; its keys come from an issuer, by two requests.</summary>
    public const string Authorize = "authorize";

    /// <summary>The same with its key in a setting: what it costs without a network.</summary>
    public const string AuthorizeByKey = "authorize, by a public key";

    public static IReadOnlyList<Candidate> All { get; } =
    [
        .. from isPackage in (bool[])[false, true]
           from program in ((string Name, string Project, string? Rival)[])
           [
               (Bare, "bench/ChatEvents.Bench.ColdStart", "Bare"),
               ("onMessage", "lambdas/ChatEvents.Routes", null),
               (Authorize, "lambdas/ChatEvents.Routes", null),
               (AuthorizeByKey, "lambdas/ChatEvents.Routes", null),
               ("onMessage on AWSSDK", "bench/ChatEvents.Bench.ColdStart", "Sdk"),
           ]
           select new Candidate(program.Name, program.Project, program.Rival, isPackage),
    ];

    /// <summary>Whether the program checks a token instead of sending a message.</summary>
    public bool IsAuthorizer => Name is Authorize or AuthorizeByKey;

    private static string Checkout { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(SourceFile())!, "..", ".."));

    private string Program => Rival is null ? Path.GetFileName(Project) : $"{Path.GetFileName(Project)}.{Rival}";

    private string Folder => Path.Combine(Checkout, "artifacts", "cold-start", IsPackage ? "package" : "framework-dependent", Program);

    public void Publish()
    {
        Console.Error.WriteLine($"Publishing {Name}{(IsPackage ? " as package" : "")} ...");
        string[] ways = IsPackage
            ? ["--runtime", $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}", "--self-contained"]
            : ["-p:UseAppHost=false"];
        using var publish = Children.Start(new ProcessStartInfo(
            "dotnet",
            [
                "publish", Project, "--configuration", "Release", "--output", Folder, "--verbosity", "quiet", .. ways,
                $"-p:Rival={Rival}", "-p:DebugType=none", "-p:PublishDocumentationFiles=false", "-p:PublishReferencesDocumentationFiles=false",
            ])
        {
            WorkingDirectory = Checkout,
        });
        publish.WaitForExit();
        if (publish.ExitCode != 0) throw new InvalidOperationException($"Publishing {Project} failed.");
    }

    public ProcessStartInfo Command() => IsPackage
        ? new ProcessStartInfo(Path.Combine(Folder, Program))
        : new ProcessStartInfo("dotnet", [Path.Combine(Folder, $"{Program}.dll")]);

    /// <summary>Size of the files, and of a zip of them, in bytes.</summary>
    public (long Unpacked, long Zipped) Measure()
    {
        var zip = Path.Combine(Path.GetTempPath(), $"cold-start-{Environment.ProcessId}.zip");
        ZipFile.CreateFromDirectory(Folder, zip, CompressionLevel.Optimal, includeBaseDirectory: false);
        var zipped = new FileInfo(zip).Length;
        File.Delete(zip);
        return (new DirectoryInfo(Folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length), zipped);
    }

    private static string SourceFile([CallerFilePath] string path = "") => path;
}
