namespace ChatEvents.LocalGateway.Processes;

/// <summary>
/// Notices changes of source files by looking at their times and sizes. Watchers of the system are not used: they need a handle per
/// folder, and miss changes on mounted folders.
/// </summary>
internal static class SourceFiles
{
    private static readonly string[] Extensions = [".js", ".mjs", ".cjs", ".json", ".py", ".dll"];
    private static readonly string[] IgnoredFolders = ["node_modules", "__pycache__", "venv", "bin", "obj"];

    /// <summary>Changes when a file changes, appears or disappears.</summary>
    public static int Fingerprint(IEnumerable<string> paths)
    {
        var hash = new HashCode();
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
                AddFolder(ref hash, new DirectoryInfo(path));
            else
                AddFile(ref hash, new FileInfo(path));
        }

        return hash.ToHashCode();
    }

    private static void AddFolder(ref HashCode hash, DirectoryInfo folder)
    {
        try
        {
            foreach (var entry in folder.EnumerateFileSystemInfos())
            {
                if (entry is FileInfo file && Extensions.Contains(file.Extension))
                    AddFile(ref hash, file);
                else if (entry is DirectoryInfo inner && !inner.Name.StartsWith('.') && !IgnoredFolders.Contains(inner.Name))
                    AddFolder(ref hash, inner);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Removed meanwhile, or not ours.
        }
    }

    private static void AddFile(ref HashCode hash, FileInfo file)
    {
        if (!file.Exists)
            return;
        hash.Add(file.FullName);
        hash.Add(file.LastWriteTimeUtc);
        hash.Add(file.Length);
    }
}
