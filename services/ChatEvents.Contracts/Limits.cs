namespace ChatEvents.Contracts;

/// <summary>
/// Limits of API Gateway WebSocket APIs (AWS page <c>apigateway-execution-service-websocket-limits-table</c>), and our own limits that
/// follow from them.
/// </summary>
public static class Limits
{
    /// <summary>The largest message in either direction, PostToConnection included: 128 KB.</summary>
    public const int MaxGatewayMessageBytes = 131_072;

    /// <summary>
    /// The longest chat message accepted by default, in UTF-8 bytes: half of what can be posted, so that the message still fits when a
    /// template escapes every character.
    /// </summary>
    public const int DefaultMaxChatMessageBytes = MaxGatewayMessageBytes / 2;

    /// <summary>
    /// The longest id of a connection or a message, in characters. API Gateway's ids have 16. This leaves room for other gateways, and keys
    /// made of two ids stay well below DynamoDB's limit of 1,024 bytes for a sort key.
    /// </summary>
    public const int MaxIdLength = 128;

    /// <summary>The largest <see cref="MessagePosted.Shed"/>. Arbitrary, and far more than it takes to be disconnected.</summary>
    public const int MaxShed = 100_000;

    /// <summary>The gateway closes every connection after this time, even a busy one.</summary>
    public static readonly TimeSpan MaxConnectionLife = TimeSpan.FromHours(2);

    /// <summary>How long a connection may outlive its token: until the registry has looked for it, and closed it.</summary>
    public static readonly TimeSpan TokenGrace = TimeSpan.FromMinutes(5);

    /// <summary>The gateway closes a connection after this time without a message in either direction.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(10);

    /// <summary>
    /// A little more than the longest time a <c>$connect</c> integration can take (29 s). Until then, a 410 may only mean <em>not yet</em>.
    /// </summary>
    public static readonly TimeSpan HandshakeGrace = TimeSpan.FromSeconds(30);
}
