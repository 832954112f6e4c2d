using System.IO.Compression;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Functions;

namespace ChatEvents.DeployTests;

/// <summary>The zip that Lambda gets: of the right processor, of these sources, and with an executable in it.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chat-package-").FullName;

    private string Package => Path.Combine(_folder, "package.zip");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_package_of_the_other_processor_is_refused()
    {
        PublishedPackage.WritePlaceholder(Package, CpuArchitecture.X64, "sources");

        Assert.Equal(
            $"The Lambda package {Package} was published for x64, but architecture is arm64; run deploy/deploy publish again.",
            Refusal(CpuArchitecture.Arm64, "sources"));
        PublishedPackage.Require(Package, CpuArchitecture.X64, "sources");
    }

    [Fact]
    public void A_package_of_older_sources_is_refused()
    {
        PublishedPackage.WritePlaceholder(Package, CpuArchitecture.Arm64, "before the pull");

        Assert.Contains("from other sources than this checkout has", Refusal(CpuArchitecture.Arm64, "after the pull"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_that_was_not_published_is_missed() =>
        Assert.EndsWith("does not exist; run deploy/deploy publish first.", Refusal(CpuArchitecture.Arm64, "sources"), StringComparison.Ordinal);

    [Theory]
    [InlineData("#!/bin/sh and more text than an ELF header has", "has no bootstrap for Linux")]
    [InlineData("MZ", "has no bootstrap for Linux")]
    public void A_package_whose_executable_is_none_of_Linux_is_refused(string executable, string reason)
    {
        var program = Directory.CreateDirectory(Path.Combine(_folder, "program")).FullName;
        File.WriteAllText(Path.Combine(program, PublishedPackage.Executable), executable);
        PublishedPackage.Pack(program, Package, "sources");

        Assert.Contains(reason, Refusal(CpuArchitecture.Arm64, "sources"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_zip_is_refused()
    {
        File.WriteAllText(Package, "half a download");

        Assert.Contains("is no zip", Refusal(CpuArchitecture.Arm64, "sources"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_executable_may_be_executed_and_the_same_program_makes_the_same_package()
    {
        var program = Directory.CreateDirectory(Path.Combine(_folder, "program", "runtimes")).Parent!.FullName;
        File.WriteAllText(Path.Combine(program, PublishedPackage.Executable), "program");
        File.WriteAllText(Path.Combine(program, "runtimes", "settings.json"), "{}");
        PublishedPackage.Pack(program, Package, "sources");
        var first = File.ReadAllBytes(Package);
        PublishedPackage.Pack(program, Package, "sources");

        Assert.Equal(first, File.ReadAllBytes(Package));
        using var zip = ZipFile.OpenRead(Package);
        Assert.Equal(["bootstrap", "runtimes/settings.json"], zip.Entries.Select(entry => entry.FullName));
        Assert.Equal(["755", "644"], zip.Entries.Select(entry => Convert.ToString((entry.ExternalAttributes >> 16) & 0x1FF, 8)));
        Assert.Equal([3, 3], MadeBy(first));
    }

    [Fact]
    public void The_digest_of_the_sources_follows_what_is_built_and_not_what_was_built()
    {
        var service = Directory.CreateDirectory(Path.Combine(_folder, "services", "Chat")).FullName;
        foreach (var folder in (string[])["lambdas", "sdk"]) Directory.CreateDirectory(Path.Combine(_folder, folder));
        File.WriteAllText(Path.Combine(_folder, "global.json"), "{}");
        File.WriteAllText(Path.Combine(service, "Chat.cs"), "class Chat;");
        var before = SourceDigest.Of(_folder);

        Directory.CreateDirectory(Path.Combine(service, "obj"));
        File.WriteAllText(Path.Combine(service, "obj", "Generated.cs"), "class Generated;");
        File.WriteAllText(Path.Combine(service, "README.md"), "read me");
        Assert.Equal(before, SourceDigest.Of(_folder));

        File.WriteAllText(Path.Combine(service, "Chat.cs"), "class Chat { }");
        var changed = SourceDigest.Of(_folder);
        Assert.NotEqual(before, changed);

        File.Move(Path.Combine(service, "Chat.cs"), Path.Combine(service, "Talk.cs"));
        Assert.NotEqual(changed, SourceDigest.Of(_folder));
    }

    /// <summary>The system that each entry of the directory says it was made on; 3 is Unix.</summary>
    private static IEnumerable<int> MadeBy(byte[] zip)
    {
        for (var at = 0; (at = zip.AsSpan(at).IndexOf("PK\u0001\u0002"u8) is >= 0 and var next ? at + next : -1) >= 0; at++)
            yield return zip[at + 5];
    }

    private string Refusal(CpuArchitecture processor, string sources) =>
        Assert.Throws<InvalidConfigException>(() => PublishedPackage.Require(Package, processor, sources)).Message;
}
