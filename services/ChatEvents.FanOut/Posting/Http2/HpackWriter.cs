using System.Globalization;
using System.Text;

namespace ChatEvents.FanOut.Posting.Http2;

/// <summary>
/// Writes the header block of a request (RFC 7541). Names that the static table has are numbers; the dynamic table is not used, because
/// then blocks could not be made before it is known which goes first.
/// </summary>
internal ref struct HpackWriter(Span<byte> buffer)
{
    // Static table, RFC 7541, appendix A.
    private const int Authority = 1;
    private const int Method = 2;
    private const int MethodPost = 3;
    private const int Path = 4;
    private const int SchemeHttp = 6;
    private const int SchemeHttps = 7;
    private const int Authorization = 23;
    private const int ContentLength = 28;

    private const byte Indexed = 0x80;
    private const byte NotIndexed = 0x00;
    private const byte NeverIndexed = 0x10; // not by a proxy either: what it keeps could be guessed at
    private const int LiteralPrefix = 4;

    private readonly Span<byte> _buffer = buffer;

    public int Length { get; private set; }

    public void AddMethod(scoped ReadOnlySpan<byte> method)
    {
        if (method.SequenceEqual("POST"u8))
        {
            AddByte(Indexed | MethodPost);
            return;
        }

        AddNumber(NotIndexed, LiteralPrefix, Method);
        AddText(method);
    }

    public void AddScheme(bool isHttps) => AddByte((byte)(Indexed | (isHttps ? SchemeHttps : SchemeHttp)));

    public void AddAuthority(scoped ReadOnlySpan<byte> host)
    {
        AddNumber(NotIndexed, LiteralPrefix, Authority);
        AddText(host);
    }

    public void AddPath(scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<char> connectionId)
    {
        AddNumber(NotIndexed, LiteralPrefix, Path);
        AddNumber(0, 7, path.Length + connectionId.Length);
        AddBytes(path);
        Length += Encoding.ASCII.GetBytes(connectionId, _buffer[Length..]);
    }

    public void AddContentLength(int length)
    {
        Span<byte> digits = stackalloc byte[10];
        length.TryFormat(digits, out var written, provider: CultureInfo.InvariantCulture);
        AddNumber(NotIndexed, LiteralPrefix, ContentLength);
        AddText(digits[..written]);
    }

    /// <summary>The signature stands behind what is the same for all posts of a day.</summary>
    public void AddAuthorization(scoped ReadOnlySpan<byte> start, scoped ReadOnlySpan<byte> signature)
    {
        AddNumber(NeverIndexed, LiteralPrefix, Authorization);
        AddNumber(0, 7, start.Length + signature.Length);
        AddBytes(start);
        AddBytes(signature);
    }

    /// <param name="name">In lower case (RFC 9113, 8.2).</param>
    /// <param name="value">ASCII.</param>
    public void Add(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        AddByte(NeverIndexed);
        AddText(name);
        AddText(value);
    }

    private void AddText(scoped ReadOnlySpan<byte> text)
    {
        AddNumber(0, 7, text.Length);
        AddBytes(text);
    }

    private void AddBytes(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[Length..]);
        Length += bytes.Length;
    }

    /// <summary>RFC 7541, 5.1.</summary>
    private void AddNumber(byte pattern, int prefixBits, int number)
    {
        var most = (1 << prefixBits) - 1;
        if (number < most)
        {
            AddByte((byte)(pattern | number));
            return;
        }

        AddByte((byte)(pattern | most));
        for (number -= most; number >= 0x80; number >>= 7)
        {
            AddByte((byte)(number | 0x80));
        }

        AddByte((byte)number);
    }

    private void AddByte(byte value) => _buffer[Length++] = value;
}
