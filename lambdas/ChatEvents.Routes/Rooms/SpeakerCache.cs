using System.Collections.Concurrent;
using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// What connections speak. It never changes; but the row of a young connection may have been written by an event that did not know, so that
/// what a row says early is only believed for a moment, unless it names the JSON dialect. What <c>connect</c> has decided in this process is
/// believed as it is.
/// </summary>
internal sealed class SpeakerCache(TimeProvider time)
{
    /// <summary>Of connections that are remembered; some 2 MB. Arbitrary: what is forgotten costs half a read unit.</summary>
    private const int MaxConnections = 10_000;

    /// <summary>Spares a client that has just come, and says a lot, a read for each of its messages. Arbitrary.</summary>
    private static readonly TimeSpan EarlyLife = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, (Speaker Speaker, DateTimeOffset ReadAt, bool IsCertain)> _speakers = new(StringComparer.Ordinal);

    /// <param name="connectionId">Of the connection.</param>
    /// <param name="speaker">What it speaks.</param>
    /// <param name="isCertain">Whether that is from the handshake, and not from a row.</param>
    public void Remember(string connectionId, Speaker speaker, bool isCertain = false)
    {
        if (_speakers.Count >= MaxConnections) _speakers.Clear();
        var known = (speaker, time.GetUtcNow(), isCertain);
        _speakers.AddOrUpdate(connectionId, known, (_, before) => before.IsCertain ? before : known);
    }

    /// <returns>Null where nothing is remembered that can be relied on.</returns>
    public Speaker? Find(RouteRequestContext connection) =>
        _speakers.TryGetValue(connection.RequiredConnectionId, out var known)
        && (known.IsCertain
            || known.Speaker.Dialect == Dialect.Json
            || known.ReadAt - connection.RequiredConnectedAt > Limits.HandshakeGrace
            || time.GetUtcNow() - known.ReadAt < EarlyLife)
            ? known.Speaker
            : null;
}
