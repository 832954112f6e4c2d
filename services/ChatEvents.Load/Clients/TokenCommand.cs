using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace ChatEvents.Load.Clients;

/// <summary>Tokens that a command of the user's prints: one for all clients, made anew every minute, or one for each.</summary>
internal sealed class TokenCommand(string command, TimeProvider time) : IDisposable
{
    private const string Number = "{n}";
    private const int AtOnce = 8;

    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly bool _isForEach = command.Contains(Number, StringComparison.Ordinal);
    private readonly SemaphoreSlim _running = new(command.Contains(Number, StringComparison.Ordinal) ? AtOnce : 1);
    private (string Token, long At)? _shared;

    /// <exception cref="LoadException">The command failed, or printed nothing.</exception>
    public async ValueTask<string?> TokenOfAsync(int client, CancellationToken cancellation)
    {
        await _running.WaitAsync(cancellation);
        try
        {
            if (_isForEach) return await RunAsync(command.Replace(Number, client.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), cancellation);
            if (_shared is not { } shared || time.GetElapsedTime(shared.At) > Fresh)
                _shared = shared = (await RunAsync(command, cancellation), time.GetTimestamp());
            return shared.Token;
        }
        finally
        {
            _running.Release();
        }
    }

    public void Dispose() => _running.Dispose();

    private static async Task<string> RunAsync(string line, CancellationToken cancellation)
    {
        var start = OperatingSystem.IsWindows() ? new ProcessStartInfo("cmd.exe", ["/c", line]) : new ProcessStartInfo("/bin/sh", ["-c", line]);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            var token = (await process.StandardOutput.ReadToEndAsync(cancellation)).Trim();
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode != 0)
                throw new LoadException($"The token command ended with {process.ExitCode}: {(await errors).Trim().Split('\n')[^1]}");
            return token.Length > 0 ? token : throw new LoadException("The token command printed nothing.");
        }
        catch (Win32Exception failure)
        {
            throw new LoadException($"The token command could not be started: {failure.Message}", failure);
        }
    }
}
