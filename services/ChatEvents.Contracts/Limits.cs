namespace ChatEvents.Contracts;

/// <summary>
/// Limits of API Gateway WebSocket APIs (AWS page <c>apigateway-execution-service-websocket-limits-table</c>) and those of ours that
/// follow from them.
/// </summary>
public static class Limits
{
    /// <summary>The largest message in either direction, PostToConnection included: 128 KB.</summary>
    public const int MaxGatewayMessageBytes = 131_072;

    /// <summary>The largest single WebSocket frame; a longer message must be fragmented: 32 KB.</summary>
    public const int MaxGatewayFrameBytes = 32_768;

    /// <summary>
    /// The longest chat message accepted by default, in UTF-8 bytes: half of what can be posted, so that a template that escapes every
    /// character still fits.
    /// </summary>
    public const int DefaultMaxChatMessageBytes = MaxGatewayMessageBytes / 2;

    /// <summary>
    /// The longest id of a connection or a message, in characters. Those of API Gateway have 16; this leaves room for others, and keeps
    /// keys that are made of one or two of them well within DynamoDB's 1,024 bytes of a sort key.
    /// </summary>
    public const int MaxIdLength = 128;

    /// <summary>The gateway ends every connection after this time, however busy it is.</summary>
    public static readonly TimeSpan MaxConnectionLife = TimeSpan.FromHours(2);

    /// <summary>How long a connection may outlive its token: until the registry has looked for it, and closed it.</summary>
    public static readonly TimeSpan TokenGrace = TimeSpan.FromMinutes(5);

    /// <summary>The gateway ends a connection over which nothing was sent in either direction for this time.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The longest a <c>$connect</c> integration can take (29 s) and a little: until then a 410 may only mean <em>not yet</em>.
    /// </summary>
    public static readonly TimeSpan HandshakeGrace = TimeSpan.FromSeconds(30);
}
