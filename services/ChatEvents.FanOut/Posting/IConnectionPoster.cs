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
