using System.Globalization;
using System.Text;

namespace ChatEvents.FanOut.Posting.Http2;

/// <summary>
/// Reads the header block of an answer (RFC 7541), as far as a post has a use for it. The connection tells the gateway to keep no
/// dynamic table, so that a block can be understood, or left unread, without those before it.
/// </summary>
internal ref struct HpackReader(ReadOnlySpan<byte> block)
{
    private const int FirstStatus = 8;
    private const int LastStatus = 14;
    private const int RetryAfter = 53;
    private const int LastOfStaticTable = 61;

    private ReadOnlySpan<byte> _rest = block;

    /// <summary>The statuses that have numbers of their own in the static table (RFC 7541, appendix A).</summary>
    private static ReadOnlySpan<short> NumberedStatuses => [200, 204, 206, 304, 400, 404, 500];

    /// <exception cref="InvalidDataException">It is no header block, or has no status.</exception>
    public static GatewayAnswer ReadAnswer(ReadOnlySpan<byte> block)
    {
        var reader = new HpackReader(block);
        var answer = default(GatewayAnswer);
        while (!reader._rest.IsEmpty)
        {
            var first = reader._rest[0];
            if ((first & 0xE0) == 0x20)
            {
                if (reader.TakeNumber(5) != 0)
                    throw new InvalidDataException("The gateway keeps a table of headers that it was told not to keep.");
            }
            else if ((first & 0x80) != 0)
            {
                var index = reader.TakeIndex(7);
                if (index is >= FirstStatus and <= LastStatus)
                    answer = answer with { Status = NumberedStatuses[index - FirstStatus] };
            }
            else
            {
                answer = reader.TakeLiteral((first & 0x40) != 0 ? 6 : 4, answer);
            }

            // Of a success nothing else is wanted, and the status comes first (RFC 9113, 8.3).
            if (answer.Status is 200 or 204)
                return answer;
        }

        return answer.Status >= 100 ? answer : throw new InvalidDataException("The gateway's answer has no status.");
    }

    private GatewayAnswer TakeLiteral(int prefixBits, GatewayAnswer answer)
    {
        var index = TakeIndex(prefixBits);
        var name = ReadOnlySpan<byte>.Empty;
        var isNamePacked = false;
        if (index == 0)
            name = TakeText(out isNamePacked);
        var value = TakeText(out var isValuePacked);
        if (index is >= FirstStatus and <= LastStatus)
            return answer with { Status = StatusOf(TextOf(value, isValuePacked)) };
        if (index == RetryAfter)
            return answer with { RetryAfter = TextOf(value, isValuePacked) };
        return index > 0
            ? answer
            : TextOf(name, isNamePacked) switch
            {
                ":status" => answer with { Status = StatusOf(TextOf(value, isValuePacked)) },
                "x-amzn-errortype" => answer with { ErrorType = TextOf(value, isValuePacked) },
                "retry-after" => answer with { RetryAfter = TextOf(value, isValuePacked) },
                _ => answer,
            };
    }

    private static int StatusOf(string text) =>
        text.Length == 3 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status >= 100
            ? status
            : throw new InvalidDataException("The gateway's answer has no status.");

    private static string TextOf(ReadOnlySpan<byte> text, bool isPacked) =>
        isPacked ? HuffmanCode.Decode(text) : Encoding.Latin1.GetString(text);

    private int TakeIndex(int prefixBits)
    {
        var isWhole = prefixBits == 7; // an indexed header, of which there is no number 0
        var index = TakeNumber(prefixBits);
        return index <= LastOfStaticTable && (index > 0 || !isWhole)
            ? index
            : throw new InvalidDataException("A header of the gateway's answer is in no table.");
    }

    private ReadOnlySpan<byte> TakeText(out bool isPacked)
    {
        isPacked = !_rest.IsEmpty && (_rest[0] & 0x80) != 0;
        var length = TakeNumber(7);
        if (length > _rest.Length)
            throw Broken();
        var text = _rest[..length];
        _rest = _rest[length..];
        return text;
    }

    /// <summary>RFC 7541, 5.1.</summary>
    private int TakeNumber(int prefixBits)
    {
        const int Longest = 1 << 21;
        var most = (1 << prefixBits) - 1;
        var number = TakeByte() & most;
        if (number < most)
            return number;

        for (var shift = 0; ; shift += 7)
        {
            var more = TakeByte();
            number += (more & 0x7F) << shift;
            if (shift > 14 || number > Longest)
                throw Broken();
            if ((more & 0x80) == 0)
                return number;
        }
    }

    private int TakeByte()
    {
        if (_rest.IsEmpty)
            throw Broken();
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    private static InvalidDataException Broken() => new("A header of the gateway's answer ends too early.");
}
