using System.Globalization;

namespace ChatEvents.Bench.Gateway.Messages;

/// <summary>The CPU of a process and of all processes that it started, also of those that have ended; its memory. Linux only.</summary>
internal static class ProcessTree
{
    private const double TicksPerSecond = 100;

    public static double CpuSeconds(int root)
    {
        var all = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, out _)).Select(name => Read(int.Parse(name!, CultureInfo.InvariantCulture)))
            .OfType<Entry>().ToDictionary(entry => entry.Id);
        return all.Values.Where(entry => IsBelow(entry.Id)).Sum(entry => entry.Ticks) / TicksPerSecond;

        bool IsBelow(int id)
        {
            while (all.TryGetValue(id, out var entry))
            {
                if (id == root)
                    return true;
                id = entry.Parent;
            }

            return false;
        }
    }

    /// <summary>Of the process alone: functions in other processes do not count.</summary>
    public static long WorkingSetBytes(int process)
    {
        using var seen = System.Diagnostics.Process.GetProcessById(process);
        return seen.WorkingSet64;
    }

    private static Entry? Read(int id)
    {
        try
        {
            // "pid (name) state parent ... utime stime cutime cstime ...", and the name may contain anything.
            var text = File.ReadAllText($"/proc/{id}/stat");
            var columns = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return new Entry(id, Number(1), Number(11) + Number(12) + Number(13) + Number(14));

            int Number(int column) => int.Parse(columns[column], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it ended meanwhile
        }
    }

    private sealed record Entry(int Id, int Parent, long Ticks);
}
