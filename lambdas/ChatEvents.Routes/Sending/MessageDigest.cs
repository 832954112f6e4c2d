using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes.Sending;

/// <summary>The MD5 digests by which SQS proves that it stored what was sent.</summary>
internal static class MessageDigest
{
    private const byte TextValue = 1;

    /// <exception cref="AwsCallException">SQS stored something else than the message.</exception>
    public static void Check(OutgoingMessage message, JsonElement answer)
    {
        Check("body", Encoding.UTF8.GetBytes(message.Body), answer, "MD5OfMessageBody");
        Check("attributes", BytesOf(message.Attributes), answer, "MD5OfMessageAttributes");
    }

    // Not every server of the kind tells each digest.
    private static void Check(string what, byte[] content, JsonElement answer, string member)
    {
        if (answer.TryGetProperty(member, out var digest) && digest.GetString() is { Length: > 0 } theirs
            && !theirs.Equals(Md5(content), StringComparison.OrdinalIgnoreCase))
        {
            throw new AwsCallException($"SQS stored a message whose {what} is not what was sent: MD5 {theirs}.", isTransient: false);
        }
    }

    /// <summary>Sorted by name; each is name, type, kind of value and value, with lengths before the texts.</summary>
    private static byte[] BytesOf(IReadOnlyDictionary<string, string> attributes)
    {
        var bytes = new MemoryStream();
        foreach (var name in attributes.Keys.Order(StringComparer.Ordinal))
        {
            Append(bytes, name);
            Append(bytes, OutgoingMessage.AttributeType);
            bytes.WriteByte(TextValue);
            Append(bytes, attributes[name]);
        }

        return bytes.ToArray();
    }

    private static void Append(MemoryStream bytes, string text)
    {
        var value = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        bytes.Write(length);
        bytes.Write(value);
    }

#pragma warning disable CA5351 // MD5 is SQS's checksum, not a protection.
    private static string Md5(byte[] content) => Convert.ToHexStringLower(MD5.HashData(content));
#pragma warning restore CA5351
}
