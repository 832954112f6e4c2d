using Amazon.Lambda.Core;
using ChatEvents.ConnectionRegistry.Sweeping;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace ChatEvents.WorkerFunctions;

/// <summary>Sweeps of the table of connections, triggered by schedules, because a function has no timer between invocations.</summary>
internal sealed partial class SweepHandler(
    StaleSweep stale, EndingSweep ending, FunctionLog log, TimeProvider time, ILogger<SweepHandler> logger)
{
    /// <summary>Finds connections that ended silently.</summary>
    /// <exception cref="TimeoutException">The table is too large for the function's time at the configured rate.</exception>
    public async Task<SweepResult> HandleAsync(ILambdaContext context)
    {
        var result = await SweepAsync(stale.SweepAsync, context);
        LogSwept(result);
        return result;
    }

    /// <summary>Ends connections that have to end.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="TimeoutException">As of <see cref="HandleAsync"/>.</exception>
    public async Task<int> EndAsync(ILambdaContext context)
    {
        var ended = await SweepAsync(ending.SweepAsync, context);
        LogEnded(ended);
        return ended;
    }

    private async Task<TResult> SweepAsync<TResult>(Func<CancellationToken, Task<TResult>> sweep, ILambdaContext context)
    {
        log.Invocation = context.Logger;
        using var stopping = new CancellationTokenSource(InvocationTime.ToWork(context), time);
        try
        {
            return await sweep(stopping.Token);
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

    [LoggerMessage(LogLevel.Information, "Ended {Connections} connections whose token is over, or that are banned")]
    private partial void LogEnded(int connections);
}
