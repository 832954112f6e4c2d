namespace ChatEvents.LocalGateway.WebSockets;

/// <summary>How a connection ended, for the close frame and for the <c>$disconnect</c> event.</summary>
internal readonly record struct CloseStatus(int Code, string Reason)
{
    public static readonly CloseStatus Deleted = new(1000, "Connection Closed Normally");
    public static readonly CloseStatus GoingAway = new(1001, "Going away");
    public static readonly CloseStatus ProtocolError = new(1002, "Protocol error");
    public static readonly CloseStatus Binary = new(1003, "Binary frames are not supported");
    public static readonly CloseStatus NoStatus = new(1005, "Client-side close frame status not set");
    public static readonly CloseStatus Dropped = new(1006, "Connection Closed Abnormally");
    public static readonly CloseStatus NotUtf8 = new(1007, "Text is not UTF-8");
    public static readonly CloseStatus FrameTooBig = new(1009, "Frame size exceeds the limit");
    public static readonly CloseStatus MessageTooBig = new(1009, "Message size exceeds the limit");

    /// <summary>1005 and 1006 stand for a missing status. RFC 6455 (7.4.1) forbids them in a frame.</summary>
    public bool MayBeSent => Code is not (1005 or 1006);

    /// <summary>The codes that RFC 6455 and the IANA registry allow clients to send.</summary>
    public static bool IsAllowedFromClient(int code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
}
