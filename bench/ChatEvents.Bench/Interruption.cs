using System.Runtime.InteropServices;

namespace ChatEvents.Bench;

/// <summary>
/// SIGTERM and Ctrl+C end a verb wherever it is, and all that it has started. Left to itself it would go on: a worker or web server that it
/// hosts takes the signal for its own, and stops alone.
/// </summary>
internal static class Interruption
{
    /// <summary>What is added to the number of a signal to tell that it ended a program, as shells do it.</summary>
    private const int BySignal = 128;

    /// <returns>The verb's exit code, or that of the signal.</returns>
    public static async Task<int> RunAsync(Func<Task<int>> verb)
    {
        var told = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal, number: 15));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal, number: 2));
        var running = Task.Run(verb);
        if (await Task.WhenAny(running, told.Task) == running)
            return await running;

        Children.Kill();
        return await told.Task; // what the verb awaits ends with the process

        void End(PosixSignalContext signal, int number)
        {
            signal.Cancel = true;
            told.TrySetResult(BySignal + number);
        }
    }
}
