using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ChatEvents.Local.Hosting;

/// <summary>
/// Under <c>dotnet run</c> this program is a child of the command that the user started. When that command is killed, no signal is
/// forwarded; this class notices that the parent process has changed, so that no process is left behind.
/// </summary>
internal sealed class ParentWatch : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly ITimer _timer;

    private ParentWatch(int parent, Action onParentEnded, TimeProvider time) =>
        _timer = time.CreateTimer(
            _ =>
            {
                if (GetParentProcessId() != parent)
                {
                    onParentEnded();
                }
            },
            null, Period, Period);

    /// <summary>Null if the parent is not a <c>dotnet</c> command: a daemon may outlive the shell that started it.</summary>
    public static ParentWatch? Start(Action onParentEnded, TimeProvider time)
    {
        // Windows ends the children of `dotnet run` together with it, through a job object.
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        var parent = GetParentProcessId();
        try
        {
            using var process = Process.GetProcessById(parent);
            return process.ProcessName == "dotnet" ? new ParentWatch(parent, onParentEnded, time) : null;
        }
        catch (ArgumentException)
        {
            // The parent has ended already, so there is no `dotnet run` to watch.
            return null;
        }
    }

    public void Dispose() => _timer.Dispose();

    [DllImport("libc", EntryPoint = "getppid")]
    private static extern int GetParentProcessId();
}
