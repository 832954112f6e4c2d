using System.Buffers.Text;
using System.Globalization;

namespace ChatEvents.LocalGateway;

/// <summary>Ids in API Gateway's shapes, made of injected random bytes.</summary>
internal sealed class Ids(Func<int, byte[]> randomBytes)
{
    public const int GatewayIdLength = 16;

    // A system call per id would cost more than the id. 4 KB are enough for about 200 ids.
    private const int BlockSize = 4096;

    private readonly Lock _gate = new();
    private byte[] _block = [];
    private int _used;

    /// <summary>Connection, message and request ids: 15 characters of base64url and an equals sign.</summary>
    public string NewGatewayId()
    {
        Span<byte> bytes = stackalloc byte[11];
        Fill(bytes);
        Span<char> text = stackalloc char[GatewayIdLength];
        Base64Url.EncodeToChars(bytes, text);
        text[^1] = '=';
        return new string(text);
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
        Span<byte> bytes = stackalloc byte[16];
        Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40); // version 4
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80); // the RFC 9562 variant
        return new Guid(bytes, bigEndian: true).ToString();
    }

    /// <summary>An X-Ray trace header value with a new root.</summary>
    public string NewTraceId(DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[12];
        Fill(bytes);
        return string.Create(CultureInfo.InvariantCulture, $"Root=1-{now.ToUnixTimeSeconds():x8}-{Convert.ToHexStringLower(bytes)}");
    }

    /// <summary>The trace header of an invocation: a new root, the invoking span, and the sampling decision.</summary>
    public string NewInvocationTrace(DateTimeOffset now)
    {
        Span<byte> span = stackalloc byte[8];
        Fill(span);
        return $"{NewTraceId(now)};Parent={Convert.ToHexStringLower(span)};Sampled=1";
    }

    private void Fill(Span<byte> bytes)
    {
        lock (_gate)
        {
            if (_used + bytes.Length > _block.Length)
                (_block, _used) = (randomBytes(BlockSize), 0);
            _block.AsSpan(_used, bytes.Length).CopyTo(bytes);
            _used += bytes.Length;
        }
    }
}
