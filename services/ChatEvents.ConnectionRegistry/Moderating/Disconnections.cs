using ChatEvents.ConnectionRegistry.Sweeping;

namespace ChatEvents.ConnectionRegistry.Moderating;

/// <summary>
/// Ends connections at the gateway and counts the outcomes. Their rows are removed as after every close: the gateway runs
/// <c>$disconnect</c>, and the registry worker removes them.
/// </summary>
/// <param name="gateway">Where they are.</param>
/// <param name="why">What each client is told before; null for nothing.</param>
public sealed class Disconnections(Gateway gateway, string? why = null)
{
    private int _ended;
    private int _gone;
    private int _failed;
    private string? _problem;

    public int Ended => Volatile.Read(ref _ended);

    /// <summary>How many were not open any more.</summary>
    public int Gone => Volatile.Read(ref _gone);

    public int Failed => Volatile.Read(ref _failed);

    /// <summary>Why the first of <see cref="Failed"/> was not ended; null when there are none.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    public async ValueTask EndAsync(ConnectionToEnd connection, CancellationToken cancellation)
    {
        var reply = await gateway.EndAsync(connection, why, cancellation);
        switch (reply.Kind)
        {
            case GatewayReplyKind.Open:
                Interlocked.Increment(ref _ended);
                break;
            case GatewayReplyKind.Gone:
                Interlocked.Increment(ref _gone);
                break;
            default:
                Interlocked.Increment(ref _failed);
                Interlocked.CompareExchange(ref _problem, $"{connection.ConnectionId}: {reply.Problem}", null);
                break;
        }
    }
}
