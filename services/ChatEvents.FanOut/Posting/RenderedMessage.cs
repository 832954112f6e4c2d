using System.Security.Cryptography;
using System.Text;
using ChatEvents.Contracts;

namespace ChatEvents.FanOut.Posting;

/// <summary>A chat message as it is posted, the same bytes to every connection of a dialect: rendered, encoded and hashed once.</summary>
public sealed class RenderedMessage
{
    public RenderedMessage(string messageId, string text)
    {
        MessageId = messageId;
        Body = Encoding.UTF8.GetBytes(text);
        PayloadHash = Convert.ToHexStringLower(SHA256.HashData(Body.Span));
    }

    public string MessageId { get; }

    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>SHA-256 of the body, as the signature wants it.</summary>
    public string PayloadHash { get; }

    /// <summary>The bytes of a text as it would be posted.</summary>
    public static int SizeOf(string text) => Encoding.UTF8.GetByteCount(text);

    public bool IsTooLarge => Body.Length > Limits.MaxGatewayMessageBytes;
}
