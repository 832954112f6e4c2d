using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Posting;

/// <summary>The @connections calls that a fan-out makes: <see cref="HttpConnectionPoster"/> or Amazon's client.</summary>
public interface IConnectionPoster
{
    /// <summary>One PostToConnection with a time limit of its own. Whatever the gateway does is an outcome, never an exception.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="abandoning"/> was cancelled.</exception>
    ValueTask<Delivery> PostAsync(Connection connection, RenderedMessage message, CancellationToken abandoning);

    /// <summary>One DeleteConnection: the gateway closes the socket and runs <c>$disconnect</c>.</summary>
    /// <returns><see cref="DeliveryOutcome.Delivered"/> when it was closed.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="abandoning"/> was cancelled.</exception>
    ValueTask<Delivery> CloseAsync(Connection connection, CancellationToken abandoning);
}

/// <summary>One post to one connection and how it ended: a value, because at 10,000 posts a second an exception is a cost.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="RetryAfter">How long the gateway asks to wait (<c>Retry-After</c>); null if it does not say.</param>
/// <param name="Reason">For the log: what went wrong; null if nothing did.</param>
public readonly record struct Delivery(DeliveryOutcome Outcome, TimeSpan? RetryAfter = null, string? Reason = null)
{
    /// <summary>Whether the gateway was reached: it answered, and by something other than 5xx.</summary>
    public bool IsAnswer => Outcome != DeliveryOutcome.Failed || IsRefused;

    /// <summary>Of a failed post: it was answered by an unknown status below 500, so it is this post that fails.</summary>
    public bool IsRefused { get; init; }
}

/// <summary>How one post to one connection ended.</summary>
public enum DeliveryOutcome
{
    /// <summary>200: the gateway took the message. It does not say that the client read it.</summary>
    Delivered,

    /// <summary>410: not connected now. It is final unless the connection is in its handshake.</summary>
    Gone,

    /// <summary>429: the account's quota is used up, or this one client does not read and its send buffer is full.</summary>
    Throttled,

    /// <summary>413, or known before: more than 128 KB.</summary>
    TooLarge,

    /// <summary>401 or 403: credentials, policy or stage are wrong. A retry does not help, and it is not the connection's fault.</summary>
    Forbidden,

    /// <summary>Timed out, refused, 5xx, or an unknown answer.</summary>
    Failed,
}
