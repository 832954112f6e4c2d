using System.Text.Encodings.Web;
using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

/// <summary>What a client wrote is seen and never obeyed.</summary>
public sealed class QuoteTests
{
    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("blue", "\"blue\"")]
    [InlineData("", "\"\"")]
    [InlineData("grüße 👋🏽 字", "\"grüße 👋🏽 字\"")]
    [InlineData("say \"hi\" \\ <b>", "\"say \\\"hi\\\" \\\\ <b>\"")]
    [InlineData("bye\r\n12:00 forged\u2028\u2029\u0085", "\"bye\\r\\n12:00 forged\\u2028\\u2029\\u0085\"")]
    [InlineData("\u001b[2J\u009b2J\u0000\u007f\t", "\"\\u001B[2J\\u009B2J\\u0000\\u007F\\t\"")]
    [InlineData("a\u202eb\u2066c\u200fd\u061ce\u200bf\ufeff", "\"a\\u202Eb\\u2066c\\u200Fd\\u061Ce\\u200Bf\\uFEFF\"")]
    [InlineData("\udb40\udc41", "\"\\uDB40\\uDC41\"")]
    [InlineData("\ue000\ufdd0", "\"\\uE000\\uFDD0\"")]
    public void Invisible_and_active_characters_are_escapes(string text, string quoted) => Assert.Equal(quoted, Quote.Of(text));

    [Fact]
    public void Half_a_surrogate_pair_is_an_escape()
    {
        var (high, low) = ((char)0xd83d, (char)0xdc4b);

        Assert.Equal("\"a\\uD83Db\"", Quote.Of($"a{high}b"));
        Assert.Equal("\"\\uDC4B\\uD83D\"", Quote.Of($"{low}{high}"));
        Assert.Equal("\\uD83D", Quote.Visible($"{high}"));
    }

    [Theory]
    [InlineData(64, false)]
    [InlineData(65, true)]
    [InlineData(100_000, true)]
    public void The_length_is_bounded(int length, bool isCut) =>
        Assert.Equal(isCut ? $"\"{new string('x', 64)}...\"" : $"\"{new string('x', length)}\"", Quote.Of(new string('x', length)));

    [Fact]
    public void A_text_is_cut_between_characters() =>
        Assert.Equal($"\"{new string('x', 63)}...\"", Quote.Of($"{new string('x', 63)}👋"));

    [Fact]
    public void A_visible_text_is_whole_and_keeps_quotation_marks_and_backslashes()
    {
        var text = $"C:\\temp \"quoted\" {new string('x', 500)}";

        Assert.Equal(text, Quote.Visible(text));
        Assert.Equal(@"a\u001Bb\u202Ec", Quote.Visible("a\u001bb\u202ec"));
    }

    [Fact]
    public void In_a_JSON_document_the_escapes_are_the_characters()
    {
        const string Text = "a\u202eb\ue000c\udb40\udc41 \"quoted\"";
        var json = JsonSerializer.Serialize(Text, Unescaped);

        Assert.Equal(Text, JsonSerializer.Deserialize<string>(Quote.Visible(json)));
    }

    [Fact]
    public void No_character_that_a_terminal_obeys_is_left()
    {
        for (var c = 0; c <= char.MaxValue; c++)
        {
            var quoted = Quote.Of($"{(char)c}");
            Assert.DoesNotContain(quoted, unit => char.IsControl(unit) || char.IsSurrogate(unit));
            Assert.InRange(quoted.Length, 3, 8);
        }
    }
}
