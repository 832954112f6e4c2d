using System.Text;

namespace ChatEvents.FanOut.Posting.Http2;

/// <summary>
/// The code that header values may be packed with (RFC 7541, 5.2 and appendix B). It is canonical: the lengths of the codes tell the
/// codes, shorter ones first, and among those of one length by symbol.
/// </summary>
internal static class HuffmanCode
{
    private const int EndOfText = 256;
    private const int LongestCode = 30;

    private static readonly int[] FirstCode = new int[LongestCode + 2];
    private static readonly int[] FirstIndex = new int[LongestCode + 2];
    private static readonly short[] Symbols = Enumerable.Range(0, EndOfText + 1)
        .OrderBy(symbol => Lengths[symbol]).Select(symbol => (short)symbol).ToArray();

    static HuffmanCode()
    {
        var code = 0;
        var index = 0;
        for (var length = 1; length <= LongestCode; length++)
        {
            code <<= 1;
            FirstCode[length] = code;
            FirstIndex[length] = index;
            var count = Lengths.Count((byte)length);
            code += count;
            index += count;
        }

        FirstIndex[LongestCode + 1] = index;
    }

    /// <summary>Bits of the code of each byte, and at the end of the symbol that stands for the end of a text.</summary>
    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    /// <summary>A text as it was before it was packed.</summary>
    /// <exception cref="InvalidDataException">It is not packed with this code.</exception>
    public static string Decode(ReadOnlySpan<byte> packed)
    {
        var text = new StringBuilder(packed.Length * 2);
        var code = 0;
        var length = 0;
        foreach (var octet in packed)
        {
            for (var bit = 7; bit >= 0; bit--)
            {
                code = (code << 1) | ((octet >> bit) & 1);
                length++;
                if (length > LongestCode)
                    throw new InvalidDataException("A header of the gateway's answer cannot be unpacked.");

                var count = FirstIndex[length + 1] - FirstIndex[length];
                if (code - FirstCode[length] >= count)
                    continue;

                var symbol = Symbols[FirstIndex[length] + code - FirstCode[length]];
                if (symbol == EndOfText)
                    throw new InvalidDataException("A header of the gateway's answer cannot be unpacked.");
                text.Append((char)symbol);
                code = 0;
                length = 0;
            }
        }

        // What is left fills the last byte: the most significant bits of the end of a text, which are ones.
        return length < 8 && code == (1 << length) - 1
            ? text.ToString()
            : throw new InvalidDataException("A header of the gateway's answer cannot be unpacked.");
    }
}
