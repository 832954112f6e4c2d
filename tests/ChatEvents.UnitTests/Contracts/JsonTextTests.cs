using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("say \"hi\"", "say \\\"hi\\\"")]
    [InlineData("\"a b\"", "\\\"a b\\\"")]
    [InlineData("\"", "\\\"")]
    [InlineData("C:\\temp", "C:\\\\temp")]
    [InlineData("a\nb\rc\td\be\ff", "a\\nb\\rc\\td\\be\\ff")]
    [InlineData("a\u0000b\u001fc", "a\\u0000b\\u001fc")]
    [InlineData(" \u007f<>&'+/\u2028\u00fc\ud83d\udc4b", " \u007f<>&'+/\u2028\u00fc\ud83d\udc4b")]
    public void Only_what_JSON_demands_is_escaped(string text, string escaped) => Assert.Equal(escaped, JsonText.Escape(text));

    [Fact]
    public void Every_character_reads_back_as_it_was()
    {
        for (var c = 0; c < 0xd800; c++)
        {
            var text = $"x{(char)c}y";

            Assert.Equal(text, JsonSerializer.Deserialize<string>($"\"{JsonText.Escape(text)}\""));
        }
    }
}
