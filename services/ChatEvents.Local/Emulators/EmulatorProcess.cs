using System.Diagnostics;
using System.Text.Json;

namespace ChatEvents.Local.Emulators;

/// <summary>
/// One emulator in its own Node process, on a loopback port that the operating system chose. It ends when it is disposed, and by itself
/// when this process dies, because it watches its standard input.
/// </summary>
public sealed class EmulatorProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly TimeProvider _time;

    private EmulatorProcess(Process process, int port, TimeProvider time)
    {
        _process = process;
        _time = time;
        Url = new Uri($"http://127.0.0.1:{port}");
    }

    public Uri Url { get; }

    public int ProcessId => _process.Id;

    /// <exception cref="LocalSystemException">The emulator ended, or printed nothing within 30 s.</exception>
    public static async Task<EmulatorProcess> StartAsync(
        NodePackages packages, string script, TimeProvider time, CancellationToken stopping, int port = 0)
    {
        var process = Process.Start(new ProcessStartInfo("node", [script, port.ToString()])
        {
            WorkingDirectory = packages.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

        var errors = new BoundedLines();
        process.ErrorDataReceived += (_, line) => errors.Add(line.Data);
        process.BeginErrorReadLine();

        using var timeout = new CancellationTokenSource(StartTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, timeout.Token);
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(either.Token)
                ?? throw new LocalSystemException($"The emulator {script} ended at once: {errors}");
            using var announced = JsonDocument.Parse(line);

            // Nothing else is expected, but a full pipe would stop the emulator.
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            return new EmulatorProcess(process, announced.RootElement.GetProperty("port").GetInt32(), time);
        }
        catch (Exception e)
        {
            process.Kill();
            process.Dispose();
            if (timeout.IsCancellationRequested && !stopping.IsCancellationRequested)
            {
                throw new LocalSystemException($"The emulator {script} did not start within {StartTimeout.TotalSeconds:0} s: {errors}", e);
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(EndTimeout, _time);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    /// <summary>The first lines of an emulator's error output; enough to tell why it did not start.</summary>
    private sealed class BoundedLines
    {
        private const int MaxLines = 5;
        private readonly List<string> _lines = [];

        public void Add(string? line)
        {
            lock (_lines)
            {
                if (!string.IsNullOrWhiteSpace(line) && _lines.Count < MaxLines)
                {
                    _lines.Add(line.Trim());
                }
            }
        }

        public override string ToString()
        {
            lock (_lines)
            {
                return _lines.Count == 0 ? "it gave no reason" : string.Join(" ", _lines);
            }
        }
    }
}
