using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Rooms;

/// <summary>
/// The endpoints seen so far: every membership row names its own, but a deployment has one or two.
/// <see cref="FanOutOptions.CallbackEndpoint"/> replaces all of them.
/// </summary>
public sealed class CallbackEndpoints(IOptions<FanOutOptions> options)
{
    private readonly CallbackEndpoint? _instead =
        options.Value.CallbackEndpoint is { Length: > 0 } address ? new CallbackEndpoint(address) : null;

    private readonly ConcurrentDictionary<string, CallbackEndpoint> _seen = new(StringComparer.Ordinal);

    public CallbackEndpoint Of(string address) => _instead ?? _seen.GetOrAdd(address, static address => new CallbackEndpoint(address));
}
