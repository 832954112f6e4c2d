using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Amazon.SQS.Model;

namespace Amazon.SQS.Internal;

/// <summary>The MD5 digests by which SQS proves that it stored what was sent.</summary>
internal static class MessageDigest
{
    private const byte TextValue = 1;
    private const byte BinaryValue = 2;

    public static string OfBody(string body) => Hex(Encoding.UTF8.GetBytes(body));

    /// <summary>Attributes are sorted by name; each is name, type, kind of value and value, with lengths before the texts.</summary>
    public static string OfAttributes(Dictionary<string, MessageAttributeValue> attributes)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var (name, value) in attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal))
        {
            Append(bytes, Encoding.UTF8.GetBytes(name));
            Append(bytes, Encoding.UTF8.GetBytes(value.DataType));
            if (value.StringValue is not null)
            {
                bytes.Write([TextValue]);
                Append(bytes, Encoding.UTF8.GetBytes(value.StringValue));
            }
            else if (value.BinaryValue is not null)
            {
                bytes.Write([BinaryValue]);
                Append(bytes, value.BinaryValue.ToArray());
            }
        }

        return Hex(bytes.WrittenSpan);
    }

    private static void Append(ArrayBufferWriter<byte> bytes, byte[] value)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes.GetSpan(sizeof(int)), value.Length);
        bytes.Advance(sizeof(int));
        bytes.Write(value);
    }

#pragma warning disable CA5351 // MD5 is SQS's checksum, not a protection.
    private static string Hex(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(MD5.HashData(content));
#pragma warning restore CA5351
}
