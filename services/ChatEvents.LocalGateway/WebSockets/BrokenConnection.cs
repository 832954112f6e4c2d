namespace ChatEvents.LocalGateway.WebSockets;

internal static class BrokenConnection
{
    /// <summary>What Kestrel throws from a read or write once the client has gone or the connection was aborted by us.</summary>
    public static bool Is(Exception e) => e is IOException or OperationCanceledException or ObjectDisposedException;
}
