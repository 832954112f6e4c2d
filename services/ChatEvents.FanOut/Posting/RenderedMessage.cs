using System.Security.Cryptography;
using System.Text;
using ChatEvents.Contracts;

namespace ChatEvents.FanOut.Posting;

/// <summary>A chat message as it is posted, the same bytes to every connection: rendered, encoded and hashed once.</summary>
public sealed class RenderedMessage
{
    public RenderedMessage(string messageId, string text)
    {
        MessageId = messageId;
        Body = Encoding.UTF8.GetBytes(text);
        PayloadHash = PayloadHash.Of(Body.Span);
    }

    public string MessageId { get; }

    public ReadOnlyMemory<byte> Body { get; }

    public PayloadHash PayloadHash { get; }

    public bool IsTooLarge => Body.Length > Limits.MaxGatewayMessageBytes;
}

/// <summary>SHA-256 of a request's body in lower-case hex, as the signature and its header want it.</summary>
public sealed class PayloadHash
{
    /// <summary>That of no body at all.</summary>
    public static readonly PayloadHash Empty = Of([]);

    private readonly byte[] _hex;

    private PayloadHash(byte[] hex) => _hex = hex;

    public ReadOnlySpan<byte> Hex => _hex;

    public static PayloadHash Of(ReadOnlySpan<byte> body) =>
        new(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(body))));

    public override string ToString() => Encoding.ASCII.GetString(_hex);
}
