using ChatEvents.LocalGateway.Bills;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Limits;

namespace ChatEvents.LocalGateway.Functions;

/// <summary>Invokes functions within the integration timeout.</summary>
internal sealed class Invoker(
    LimitOptions limits, FaultInjector faults, Ledger ledger, TimeProvider time, ILogger log, CancellationToken abandoning)
{
    /// <summary>The running invocations. A stopping gateway waits for them.</summary>
    public InFlight InFlight { get; } = new();

    public Task<InvocationResult> InvokeAsync(IFunction function, string route, string connectionId, byte[] payload)
    {
        // Nobody can step through a function within the integration's time.
        var limit = function is RuntimeFunction { IsDebugged: true } ? Timeout.InfiniteTimeSpan : limits.IntegrationTimeout;
        return InvokeAsync(function.Name, limit, route, connectionId, cancellation => InvokeFunctionAsync(function, payload, cancellation));
    }

    /// <summary>Lambda also charges for the start of an environment, so the wait for one counts.</summary>
    private async Task<InvocationResult> InvokeFunctionAsync(IFunction function, byte[] payload, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        try
        {
            return await function.InvokeAsync(payload, cancellation);
        }
        finally
        {
            ledger.Invoked(function.Name, time.GetElapsedTime(began));
        }
    }

    /// <summary>The same for what is not a function.</summary>
    public Task<InvocationResult> InvokeAsync(
        string name, string route, string connectionId, Func<CancellationToken, Task<InvocationResult>> invoke) =>
        InvokeAsync(name, limits.IntegrationTimeout, route, connectionId, invoke);

    private async Task<InvocationResult> InvokeAsync(
        string name, TimeSpan limit, string route, string connectionId, Func<CancellationToken, Task<InvocationResult>> invoke)
    {
        using var running = InFlight.Begin();
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, abandoning);
        InvocationResult result;
        try
        {
            await faults.DelayInvocationAsync();
            result = await invoke(either.Token);
            await faults.DelayAnswerAsync();
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            result = InvocationResult.TimedOut(limit);
        }
        catch (OperationCanceledException) when (abandoning.IsCancellationRequested)
        {
            result = InvocationResult.Failed("Stopping", "the gateway is stopping");
        }

        if (result.Error is { } error)
            log.IntegrationFailed(connectionId, route, name, Quote.Line(error.ToString()));
        return result;
    }
}
