using System.Collections.Concurrent;
using ChatEvents.Contracts;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Rooms;

/// <summary>
/// The endpoints seen so far: every membership row names its own, but a deployment has one or two.
/// <see cref="FanOutOptions.CallbackEndpoint"/> replaces all of them. Without it, posts go only where they may: they carry the worker's
/// credentials.
/// </summary>
public sealed partial class CallbackEndpoints(
    IOptions<FanOutOptions> options, AllowedEndpoints allowed, TimeProvider time, ILogger<CallbackEndpoints> logger)
{
    private readonly CallbackEndpoint? _instead =
        options.Value.CallbackEndpoint is { Length: > 0 } address ? new CallbackEndpoint(address) : null;

    private readonly ConcurrentDictionary<string, CallbackEndpoint?> _seen = new(StringComparer.Ordinal);
    private readonly OncePer _told = new(TimeSpan.FromHours(1), time);

    /// <summary>Where to post to a connection; null, and logged once an hour, if nothing may be posted there.</summary>
    /// <param name="address">As its row or its event names it.</param>
    /// <param name="connectionId">The connection, for the log.</param>
    public CallbackEndpoint? Find(string address, string connectionId)
    {
        if (_instead is not null) return _instead;
        var found = _seen.GetOrAdd(address, static (address, allowed) => allowed.Allow(address) ? new CallbackEndpoint(address) : null, allowed);
        if (found is null && _told.IsNews(connectionId)) Forbidden(connectionId, Quote.Of(address));
        return found;
    }

    [LoggerMessage(LogLevel.Error,
        "Nothing is posted to {ConnectionId}: its endpoint {Address} is neither a host of API Gateway in this region nor in FanOut:AllowedEndpoints.")]
    private partial void Forbidden(string connectionId, string address);
}
