using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Limits;

/// <summary>Injects faults. The admin endpoint may replace the plan at any time.</summary>
internal sealed class FaultInjector(FaultOptions plan, TimeProvider time, CancellationToken abandoning)
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(plan.Seed);
    private FaultOptions _plan = plan;

    public FaultOptions Plan
    {
        get => Volatile.Read(ref _plan);
        set => Volatile.Write(ref _plan, value);
    }

    public bool DropsDisconnect => Happens(Plan.DropDisconnectRate);

    public Task DelayInvocationAsync() => DelayAsync(Plan.InvocationLatency, abandoning);

    public Task DelayAnswerAsync() => DelayAsync(Plan.AnswerLatency, abandoning);

    /// <summary>
    /// Delays a management call, returns an error status for it, or never returns.
    /// </summary>
    public async ValueTask<int?> BeforeManagementCallAsync(HttpContext http)
    {
        var plan = Plan;
        if (plan.IsEmpty)
            return null;
        if (Happens(plan.HangRate))
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, abandoning);
            await DelayAsync(Timeout.InfiniteTimeSpan, either.Token);
            http.Abort();
            return StatusCodes.Status504GatewayTimeout; // never sent
        }

        await DelayAsync(plan.Latency, abandoning);
        return Happens(plan.ErrorRate) ? plan.ErrorStatus : null;
    }

    private async Task DelayAsync(TimeSpan delay, CancellationToken cancellation)
    {
        if (delay == TimeSpan.Zero)
            return;
        // A cancelled delay ends early; the caller checks for cancellation itself.
        await Task.Delay(delay, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private bool Happens(double rate)
    {
        if (rate <= 0)
            return false;
        lock (_gate)
            return _random.NextDouble() < rate;
    }
}
