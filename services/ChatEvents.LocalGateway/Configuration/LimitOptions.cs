namespace ChatEvents.LocalGateway.Configuration;

/// <summary>
/// The quotas of API Gateway's WebSocket APIs (AWS page <i>apigateway-execution-service-websocket-limits-table</i>), and what AWS does
/// not document, with our choice.
/// </summary>
public sealed class LimitOptions
{
    /// <summary>Largest frame from a client. Default 32 KB.</summary>
    public int FrameBytes { get; set; } = 32 * 1024;

    /// <summary>
    /// Whether a frame that is compressed by permessage-deflate counts as it is on the wire. Default false: its uncompressed length counts.
    /// AWS does not document it.
    /// </summary>
    public bool FrameBytesCountCompressed { get; set; }

    /// <summary>Largest message from a client or by <c>@connections</c>. Default 128 KB.</summary>
    public int MessageBytes { get; set; } = 128 * 1024;

    /// <summary>Without a message in either direction a connection ends after this time. Default 10 min.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether a client's ping counts as a message for the idle timeout. Default false; AWS does not document it.</summary>
    public bool PingsResetIdleTimeout { get; set; }

    /// <summary>Every connection ends after this time. Default 2 h.</summary>
    public TimeSpan ConnectionDuration { get; set; } = TimeSpan.FromHours(2);

    /// <summary>How many times faster those two clocks run. Default 1; 60 makes minutes of hours.</summary>
    public double TimeScale { get; set; } = 1;

    /// <summary>How long an integration may take. Default 29 s, from 50 ms to 29 s.</summary>
    public TimeSpan IntegrationTimeout { get; set; } = TimeSpan.FromSeconds(29);

    /// <summary>
    /// What may wait for one client that does not read, beyond the buffers of the operating system; more is answered 429. Default
    /// 256 KB. AWS documents the answer but not the size; the default holds two messages of maximum size.
    /// </summary>
    public int SendBufferBytes { get; set; } = 256 * 1024;

    /// <summary>
    /// How many messages of one connection are in their functions at once; the next one is read when one of them has ended. 1 is
    /// strict order, which AWS does not promise. Default 100, an arbitrary number that keeps one client from filling the memory.
    /// </summary>
    public int MessagesInFlightPerConnection { get; set; } = 100;

    /// <summary>How long a client may take to send the head of its handshake or request. Default 30 s, our choice.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the gateway waits for a client's close frame, and for a slow client to read what is left. Default 5 s, our
    /// choice.
    /// </summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Messages to a client that negotiated permessage-deflate are compressed from this size on. Default 1 KB, our
    /// choice.
    /// </summary>
    public int DeflateThresholdBytes { get; set; } = 1024;
}
