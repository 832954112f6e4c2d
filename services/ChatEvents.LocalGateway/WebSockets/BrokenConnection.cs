namespace ChatEvents.LocalGateway.WebSockets;

internal static class BrokenConnection
{
    /// <summary>The exceptions of Kestrel's reads and writes after the client disconnected or the gateway aborted the connection.</summary>
    public static bool Is(Exception e) => e is IOException or OperationCanceledException or ObjectDisposedException;
}
