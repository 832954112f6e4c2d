namespace ChatEvents.Bench;

/// <summary>
/// This program again, on one CPU. By <c>taskset</c>, because a process that pins itself leaves the threads that it has already where
/// they are; elsewhere than on Linux nothing is pinned.
/// </summary>
internal static class Pinned
{
    public static string Program => OperatingSystem.IsLinux() ? "taskset" : Environment.ProcessPath!;

    public static string[] Arguments(int cpu, string[] verb) =>
        OperatingSystem.IsLinux() ? ["-c", $"{cpu % Environment.ProcessorCount}", Environment.ProcessPath!, .. verb] : verb;
}
