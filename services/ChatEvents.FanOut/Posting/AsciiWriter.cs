using System.Globalization;
using System.Text;

namespace ChatEvents.FanOut.Posting;

/// <summary>Writes ASCII into a buffer that is large enough, without an object or a string in between.</summary>
internal ref struct AsciiWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    public readonly Span<byte> Free => _buffer[Length..];

    public void Clear() => Length = 0;

    /// <summary>Counts what somebody else wrote to <see cref="Free"/>.</summary>
    public void Advance(int count) => Length += count;

    public void Add(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer[Length..]);
        Length += text.Length;
    }

    public void Add(scoped ReadOnlySpan<char> text) => Length += Encoding.ASCII.GetBytes(text, _buffer[Length..]);

    public void Add(int number)
    {
        number.TryFormat(_buffer[Length..], out var written, provider: CultureInfo.InvariantCulture);
        Length += written;
    }

    /// <summary>The canonical path is escaped twice, and <c>%</c> is the only character that the second time changes.</summary>
    public void AddEscapedAgain(scoped ReadOnlySpan<char> escaped)
    {
        for (var percent = escaped.IndexOf('%'); percent >= 0; percent = escaped.IndexOf('%'))
        {
            Add(escaped[..percent]);
            Add("%25"u8);
            escaped = escaped[(percent + 1)..];
        }

        Add(escaped);
    }

    public void AddHex(scoped ReadOnlySpan<byte> hash)
    {
        Convert.TryToHexStringLower(hash, _buffer[Length..], out var written);
        Length += written;
    }
}
