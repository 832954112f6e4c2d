using System.Buffers.Text;
using System.Globalization;

namespace ChatEvents.LocalGateway;

/// <summary>Ids in API Gateway's shapes, made of injected random bytes.</summary>
internal sealed class Ids(Func<int, byte[]> randomBytes)
{
    private const int GatewayIdBytes = 11;
    public const int GatewayIdLength = 16;

    /// <summary>Connection, message and request ids: 15 characters of base64url and an equals sign.</summary>
    public string NewGatewayId()
    {
        var bytes = randomBytes(GatewayIdBytes);
        return string.Create(GatewayIdLength, bytes, static (text, bytes) =>
        {
            Base64Url.EncodeToChars(bytes, text);
            text[^1] = '=';
        });
    }

    public static bool IsGatewayId(string id)
    {
        if (id.Length != GatewayIdLength || id[^1] != '=')
            return false;
        foreach (var c in id.AsSpan(0, GatewayIdLength - 1))
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                return false;
        }

        return true;
    }

    public string NewUuid()
    {
        var bytes = randomBytes(16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40); // version 4
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80); // the RFC 9562 variant
        return new Guid(bytes, bigEndian: true).ToString();
    }

    /// <summary>An X-Ray trace header value with a new root.</summary>
    public string NewTraceId(DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"Root=1-{now.ToUnixTimeSeconds():x8}-{Convert.ToHexStringLower(randomBytes(12))}");
}
