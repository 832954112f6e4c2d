using System.Globalization;

namespace ChatEvents.LocalGateway.Processes;

/// <summary>Finds the process at the other end of a loopback connection. Linux only; elsewhere nothing is found.</summary>
internal static class PeerProcess
{
    /// <summary>The process, then its ancestors. Empty if unknown.</summary>
    public static IReadOnlyList<int> FindWithAncestors(int port)
    {
        var found = new List<int>();
        if (!OperatingSystem.IsLinux())
            return found;
        try
        {
            if (FindSocket(port) is { } socket && FindOwner(socket) is { } owner)
            {
                for (var process = owner; process > 1 && found.Count < 32; process = ParentOf(process))
                    found.Add(process);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // A process that ended meanwhile, or whose files are not ours to read.
        }

        return found;
    }

    /// <summary>The inode of the socket whose local port this is.</summary>
    private static string? FindSocket(int port)
    {
        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            if (!File.Exists(table))
                continue;
            foreach (var line in File.ReadLines(table).Skip(1))
            {
                // sl local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid timeout inode
                var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (columns.Length > 9 && columns[1].EndsWith(suffix, StringComparison.Ordinal) && columns[9] != "0")
                    return columns[9];
            }
        }

        return null;
    }

    private static int? FindOwner(string inode)
    {
        var link = $"socket:[{inode}]";
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process))
                continue;
            try
            {
                if (Directory.EnumerateFiles(Path.Combine(folder, "fd")).Any(file => File.ResolveLinkTarget(file, false)?.Name == link))
                    return process;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not ours.
            }
        }

        return null;
    }

    private static int ParentOf(int process)
    {
        // "pid (name) state parent ...", and the name may contain anything.
        var status = File.ReadAllText($"/proc/{process}/stat");
        return int.Parse(status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
