using ChatEvents.LocalGateway.Bills;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Limits;

/// <summary>The account's request quota, shared by connects, messages and <c>@connections</c>, and the quota of new connections.</summary>
internal sealed class AccountThrottle(ThrottleOptions options, Ledger ledger, TimeProvider time)
{
    private readonly TokenBucket? _requests = options.RequestsPerSecond > 0 ? new(options.RequestsPerSecond, options.Burst, time) : null;

    // AWS documents the rate of new connections but no burst. Our choice: as many as in one second.
    private readonly TokenBucket? _connects = options.ConnectsPerSecond > 0
        ? new(options.ConnectsPerSecond, options.ConnectsPerSecond, time)
        : null;

    public bool AllowsConnect()
    {
        ledger.ConnectRequested();
        return _connects?.TryTake() != false && AllowsRequest();
    }

    public bool AllowsRequest()
    {
        ledger.Requested();
        return _requests?.TryTake() != false;
    }
}
