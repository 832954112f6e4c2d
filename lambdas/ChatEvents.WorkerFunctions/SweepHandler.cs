using Amazon.Lambda.Core;
using ChatEvents.ConnectionRegistry.Sweeping;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace ChatEvents.WorkerFunctions;

/// <summary>One sweep of the table of connections, triggered by a schedule, because a function has no timer between invocations.</summary>
internal sealed partial class SweepHandler(StaleSweep sweep, FunctionLog log, TimeProvider time, ILogger<SweepHandler> logger)
{
    /// <exception cref="TimeoutException">The table is too large for the function's time at the configured rate.</exception>
    public async Task<SweepResult> HandleAsync(ILambdaContext context)
    {
        log.Invocation = context.Logger;
        using var stopping = new CancellationTokenSource(InvocationTime.ToWork(context), time);
        try
        {
            var result = await sweep.SweepAsync(stopping.Token);
            LogSwept(result);
            return result;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new TimeoutException(
                "The sweep did not reach the end of the table in the function's time, and the next begins anew: "
                + $"raise {SweepOptions.Section}:ChecksPerSecond.");
        }
    }

    [LoggerMessage(LogLevel.Information, "Swept the table of connections: {Result}")]
    private partial void LogSwept(SweepResult result);
}
