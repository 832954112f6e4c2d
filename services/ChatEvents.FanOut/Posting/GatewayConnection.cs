namespace ChatEvents.FanOut.Posting;

/// <summary>
/// A connection to the gateway that may be asked one thing; whoever took it from <see cref="GatewayConnections"/> asks once.
/// </summary>
internal abstract class GatewayConnection : IDisposable
{
    /// <param name="request">What is asked.</param>
    /// <param name="limit">How long the answer is waited for since <see cref="GatewayRequest.BegunAt"/>.</param>
    /// <param name="abandoning">Ends the wait.</param>
    /// <exception cref="RequestNotTakenException">The gateway did nothing about it, so that it may be asked again.</exception>
    /// <exception cref="IOException">The socket broke, or the gateway closed it before the answer was whole.</exception>
    /// <exception cref="InvalidDataException">The answer is no HTTP.</exception>
    /// <exception cref="OperationCanceledException">The time is over, or <paramref name="abandoning"/> was cancelled.</exception>
    public abstract ValueTask<GatewayAnswer> ExchangeAsync(GatewayRequest request, TimeSpan limit, CancellationToken abandoning);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}

/// <summary>The gateway closed the connection without looking at the request. That is no failure of the post.</summary>
internal sealed class RequestNotTakenException(string message, Exception? cause = null) : IOException(message, cause);
