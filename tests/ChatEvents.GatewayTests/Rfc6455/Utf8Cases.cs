using System.Globalization;
using System.Text;
using static ChatEvents.GatewayTests.Rfc6455.Answer;
using static ChatEvents.GatewayTests.Rfc6455.Bytes;

namespace ChatEvents.GatewayTests.Rfc6455;

/// <summary>Which texts are UTF-8 (RFC 3629), and that a message is text as a whole, wherever its frames are divided.</summary>
internal static class Utf8Cases
{
    private const string Cosmos = "κόσμε"; // two and three bytes per character

    private static readonly byte[] Half = [0xED, 0xA0, 0x80]; // of a surrogate pair

    public static IEnumerable<WireCase> All => [.. Fragments(), .. FailsEarly(), .. Prefixes(), .. Sequences()];

    private static IEnumerable<WireCase> Fragments()
    {
        const string text = "Hello-µ@ßöäüàá-UTF-8!!";
        byte[] broken = [.. Encoding.UTF8.GetBytes(Cosmos), .. Half, .. "edited"u8];
        yield return new("6.1.1", "an empty text", [Text("")], [Echo("")]);
        yield return new("6.1.2", "an empty text in three fragments", [Text("", final: false), Rest("", final: false), Rest("")], [Echo("")]);
        yield return new("6.1.3", "a text between two empty fragments", [Text("", final: false), Rest("middle", final: false), Rest("")], [Echo("middle")]);
        yield return new("6.2.1", "a text with characters of two bytes", [Text(text)], [Echo(text)]);
        yield return new("6.2.2", "the same, divided between characters", [Text("Hello-µ@ßöä", final: false), Rest("üàá-UTF-8!!")], [Echo(text)]);
        yield return new("6.2.3", "the same in fragments of one byte", Bytes.Fragments(Encoding.UTF8.GetBytes(text), 1), [Echo(text)]);
        yield return new("6.2.4", "characters of three bytes in fragments of one byte", Bytes.Fragments(Encoding.UTF8.GetBytes(Cosmos), 1), [Echo(Cosmos)]);
        yield return new("6.2.5", "characters of four bytes in fragments of one byte", Bytes.Fragments(Encoding.UTF8.GetBytes("🎉🎉"), 1), [Echo("🎉🎉")]);
        yield return new("6.3.1", "half a surrogate pair", [Text(broken)], [Close(1007)]);
        yield return new("6.3.2", "half a surrogate pair in fragments of one byte", Bytes.Fragments(broken, 1), [Close(1007)]);
    }

    /// <summary>The message never ends, and the connection ends all the same.</summary>
    private static IEnumerable<WireCase> FailsEarly()
    {
        var cosmos = Encoding.UTF8.GetBytes(Cosmos);
        yield return new("6.4.1", "a fragment that no further one can make UTF-8", [Text(cosmos, final: false), Rest([0xF4, 0x90, 0x80, 0x80], final: false)], [Close(1007)]);
        yield return new("6.4.2", "a character that its second byte breaks", [Text([.. cosmos, 0xF4], final: false), Rest([0x90], final: false)], [Close(1007)]);
        yield return new("6.4.3", "a first fragment that is no UTF-8", [Text(Half, final: false)], [Close(1007)]);
        yield return new("6.4.4", "a character that the next fragment does not continue", [Text([0xCE], final: false), Rest("x", final: false)], [Close(1007)]);
    }

    private static IEnumerable<WireCase> Prefixes()
    {
        var cosmos = Encoding.UTF8.GetBytes(Cosmos);
        int[] ends = [.. Enumerable.Range(1, Cosmos.Length).Select(count => Encoding.UTF8.GetByteCount(Cosmos.AsSpan(0, count)))];
        for (var length = 1; length <= cosmos.Length; length++)
        {
            var text = cosmos[..length];
            yield return new(
                $"6.6.{length}", $"the first {length} bytes of {Cosmos}", [Text(text)], [ends.Contains(length) ? Echo(Encoding.UTF8.GetString(text)) : Close(1007)]);
        }
    }

    private static IEnumerable<WireCase> Sequences() =>
    [
        .. Valid("6.5", "characters of each length", "41", "C3A9", "E282AC", "F09F8E89"),
        .. Valid("6.7", "the first character of each length", "00", "C280", "E0A080", "F0908080"),
        .. Invalid("6.8", "the first sequence of five and six bytes", "F888808080", "FC8480808080"),
        .. Valid("6.9", "the last character of each length", "7F", "DFBF", "EFBFBF", "F48FBFBF"),
        .. Invalid("6.10", "the last sequence of each length", "F7BFBFBF", "FBBFBFBFBF", "FDBFBFBFBFBF"),
        .. Valid("6.11", "beside the surrogates and at the end", "ED9FBF", "EE8080", "EFBFBD", "F48FBFBF"),
        .. Invalid("6.11b", "after the end", "F4908080"),
        .. Invalid(
            "6.12", "continuation bytes of nothing", "80", "BF", "80BF", "80BF80", "80BF80BF", "80BF80BF80", "80BF80BF80BF",
            Convert.ToHexString([.. Enumerable.Range(0x80, 64).Select(i => (byte)i)])),
        .. Invalid("6.13", "first bytes with a space after each", Starts(0xC0, 0xDF), Starts(0xE0, 0xEF), Starts(0xF0, 0xF7), Starts(0xF8, 0xFB), Starts(0xFC, 0xFD)),
        .. Invalid("6.14", "the last byte is missing", Incomplete),
        .. Invalid("6.15", "all of those, one after the other", string.Concat(Incomplete)),
        .. Invalid("6.16", "bytes that never occur", "FE", "FF", "FEFEFFFF"),
        .. Invalid("6.17", "a slash, too long", "C0AF", "E080AF", "F08080AF", "F8808080AF", "FC80808080AF"),
        .. Invalid("6.18", "the last sequences that are too long", "C1BF", "E09FBF", "F08FBFBF", "F887BFBFBF", "FC83BFBFBFBF"),
        .. Invalid("6.19", "a zero, too long", "C080", "E08080", "F0808080", "F880808080", "FC8080808080"),
        .. Invalid("6.20", "half a surrogate pair", "EDA080", "EDADBF", "EDAE80", "EDAFBF", "EDB080", "EDBE80", "EDBFBF"),
        .. Invalid(
            "6.21", "a surrogate pair, each half encoded alone", "EDA080EDB080", "EDA080EDBFBF", "EDADBFEDB080", "EDADBFEDBFBF",
            "EDAE80EDB080", "EDAE80EDBFBF", "EDAFBFEDB080", "EDAFBFEDBFBF"),
        .. Valid("6.22", "characters that stand for nothing", [.. Enumerable.Range(0, 17).SelectMany(plane => (string[])[Hex(plane << 16 | 0xFFFE), Hex(plane << 16 | 0xFFFF)])]),
        .. Valid("6.23", "special characters", [.. Enumerable.Range(0xFFF9, 7).Select(Hex), "EFBBBF"]),
    ];

    private static string[] Incomplete =>
        ["C0", "E080", "F08080", "F8808080", "FC80808080", "DF", "EFBF", "F7BFBF", "FBBFBFBF", "FDBFBFBFBF"];

    private static string Hex(int character) => Convert.ToHexString(Encoding.UTF8.GetBytes(char.ConvertFromUtf32(character)));

    private static string Starts(int first, int last) =>
        string.Concat(Enumerable.Range(first, last - first + 1).Select(start => start.ToString("X2", CultureInfo.InvariantCulture) + "20"));

    private static IEnumerable<WireCase> Valid(string group, string what, params string[] texts) => texts.Select((hex, i) =>
        new WireCase($"{group}.{i + 1}", $"{what}: {hex}", [Text(Convert.FromHexString(hex))], [Echo(Encoding.UTF8.GetString(Convert.FromHexString(hex)))]));

    private static IEnumerable<WireCase> Invalid(string group, string what, params string[] texts) => texts.Select((hex, i) =>
        new WireCase($"{group}.{i + 1}", $"{what}: {hex}", [Text(Convert.FromHexString(hex))], [Close(1007)]));
}
