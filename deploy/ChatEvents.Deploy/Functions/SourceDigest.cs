using System.Security.Cryptography;
using System.Text;

namespace ChatEvents.Deploy.Functions;

/// <summary>A digest of everything that a function package is built from, so that an old package is not deployed beside new workers.</summary>
public static class SourceDigest
{
    private static readonly string[] Folders = ["lambdas", "sdk", "services"];

    private static readonly string[] BuildFolders = ["bin", "obj", "node_modules"];

    public static string OfCheckout { get; } = Of(SourceTree.Root);

    public static string Of(string root)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = Directory.EnumerateFiles(root, "Directory.*")
            .Append(Path.Combine(root, "global.json"))
            .Concat(Folders.SelectMany(folder => FilesBelow(new DirectoryInfo(Path.Combine(root, folder)))))
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(name => !name.EndsWith(".md", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        foreach (var name in files)
        {
            var content = File.ReadAllBytes(Path.Combine(root, name));
            digest.AppendData(Encoding.UTF8.GetBytes($"{name}\n{content.Length}\n"));
            digest.AppendData(content);
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    private static IEnumerable<string> FilesBelow(DirectoryInfo folder) =>
        folder.EnumerateFiles().Select(file => file.FullName)
            .Concat(folder.EnumerateDirectories().Where(child => !BuildFolders.Contains(child.Name)).SelectMany(FilesBelow));
}
