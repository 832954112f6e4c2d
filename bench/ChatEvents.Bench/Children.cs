using System.Diagnostics;

namespace ChatEvents.Bench;

/// <summary>The processes that this program has started.</summary>
internal static class Children
{
    private static readonly Lock Gate = new();
    private static readonly List<Process> Started = [];
    private static bool _areNoMore;

    /// <exception cref="OperationCanceledException">The program is about to end.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        lock (Gate)
        {
            if (_areNoMore)
                throw new OperationCanceledException("The program is about to end.");

            var child = Process.Start(start)!;
            Started.Add(child);
            return child;
        }
    }

    /// <summary>Kills those that are still there with whatever they have started, and allows no more.</summary>
    public static void Kill()
    {
        lock (Gate)
        {
            _areNoMore = true;
            foreach (var child in Started)
            {
                try
                {
                    child.Kill(entireProcessTree: true);
                }
                catch (InvalidOperationException)
                {
                    // It was disposed of when it had ended.
                }
            }
        }
    }
}
