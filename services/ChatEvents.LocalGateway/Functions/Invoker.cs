using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Limits;

namespace ChatEvents.LocalGateway.Functions;

/// <summary>Invokes functions within the integration timeout.</summary>
internal sealed class Invoker(LimitOptions limits, FaultInjector faults, TimeProvider time, ILogger log, CancellationToken abandoning)
{
    /// <summary>The running invocations. A stopping gateway waits for them.</summary>
    public InFlight InFlight { get; } = new();

    public async Task<InvocationResult> InvokeAsync(IFunction function, string route, string connectionId, byte[] payload)
    {
        using var running = InFlight.Begin();
        using var timeout = new CancellationTokenSource(limits.IntegrationTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, abandoning);
        InvocationResult result;
        try
        {
            await faults.DelayInvocationAsync();
            result = await function.InvokeAsync(payload, either.Token);
            await faults.DelayAnswerAsync();
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            result = InvocationResult.TimedOut(limits.IntegrationTimeout);
        }
        catch (OperationCanceledException) when (abandoning.IsCancellationRequested)
        {
            result = InvocationResult.Failed("Stopping", "the gateway is stopping");
        }

        if (result.Error is { } error)
            log.IntegrationFailed(connectionId, route, function.Name, error.ToString());
        return result;
    }
}
