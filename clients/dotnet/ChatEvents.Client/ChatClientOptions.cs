using System.Net.WebSockets;
using System.Security.Cryptography;

namespace ChatEvents.Client;

/// <summary>How a <see cref="ChatClient"/> connects and how long it waits. The defaults fit API Gateway; tests shorten them.</summary>
public sealed class ChatClientOptions
{
    /// <summary>
    /// Gives the token of the user, and is asked before every connect. Null, or an answer of null: a guest. What it throws is retried like a
    /// lost network, except a <see cref="ChatException"/> of <see cref="ChatErrorCode.Unauthorized"/>: that closes the client.
    /// </summary>
    public Func<CancellationToken, Task<string?>>? GetToken { get; init; }

    /// <summary>
    /// Names a guest across reconnects: 16 to 64 of the characters <c>A-Z a-z 0-9 _ - .</c>. By default random, and new for each client.
    /// Keep it secret: who knows it speaks as the same guest.
    /// </summary>
    public string ClientId { get; init; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>The shortest pause before a reconnect. Default 0.5 s.</summary>
    public TimeSpan MinReconnectDelay { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest pause before a reconnect. Default 30 s.</summary>
    public TimeSpan MaxReconnectDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a handshake may take. Default 30 s, as long as API Gateway waits for <c>$connect</c>.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an answer may take until the frame is sent again. Default 10 s. A connection that says nothing at all that long is given up.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After which silence a ping is sent. Default 9 minutes: API Gateway closes a connection after 10 idle minutes.</summary>
    public TimeSpan PingAfter { get; init; } = TimeSpan.FromMinutes(9);

    /// <summary>
    /// The longest life of a connection, where the server does not promise a shorter one. Default 2 h, as of API Gateway. It is renewed at a
    /// random moment, 5 to 15 minutes before; of another life, as large a part before.
    /// </summary>
    public TimeSpan ConnectionLife { get; init; } = TimeSpan.FromHours(2);

    /// <summary>
    /// How long a frame is sent again until it is answered, the time offline included. Default 2 minutes; below 5 minutes, because that is how
    /// long the server recognizes a message that is sent again.
    /// </summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many messages wait to be accepted, offline or not; more are refused with <see cref="ChatErrorCode.QueueFull"/>. Default 1,000.</summary>
    public int MaxQueued { get; init; } = 1_000;

    /// <summary>
    /// How many messages of a room are held for its listeners. Default 1,000. Beyond it live messages are dropped and read from the history
    /// when the listeners get there.
    /// </summary>
    public int MaxHeld { get; init; } = 1_000;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Numbers from 0 to 1, for pauses and moments that clients must not share.</summary>
    public Func<double> Random { get; init; } = () => RandomNumberGenerator.GetInt32(1 << 24) / (double)(1 << 24);

    /// <summary>Sets a proxy, certificates or headers of each connection.</summary>
    public Action<ClientWebSocketOptions>? ConfigureSocket { get; init; }

    /// <summary>The seam of the tests.</summary>
    internal Func<IChatSocket>? CreateSocket { get; init; }
}
