using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class UserNameTests
{
    [Theory]
    [InlineData("Ada Lovelace", "Ada Lovelace")]
    [InlineData("  Ada  ", "Ada")]
    [InlineData("A\u0000d\u001ba\n\u0085", "Ada")]
    [InlineData("A\u2028d\u2029a", "Ada")]
    [InlineData("\u061cA\u200ed\u200fa", "Ada")]
    [InlineData("\u202aA\u202cd\u202ea", "Ada")]
    [InlineData("\u2066A\u2068d\u2069a", "Ada")]
    [InlineData("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e")] // the joiner within a Persian word stays
    [InlineData("a\u2029\u202f\u2065\u206ab", "a\u202f\u2065\u206ab")]
    [InlineData("\ud83d\udc69\u200d\ud83d\udcbb", "\ud83d\udc69\u200d\ud83d\udcbb")]
    [InlineData("", null)]
    [InlineData(" \u202e\n ", null)]
    [InlineData(null, null)]
    public void What_could_forge_a_line_or_look_like_another_name_is_left_out(string? text, string? name) => Assert.Equal(name, UserName.Of(text));

    [Fact]
    public void A_name_is_cut_between_characters()
    {
        Assert.Equal(new string('x', 128), UserName.Of(new string('x', 128)));
        Assert.Equal(new string('x', 128), UserName.Of(new string('x', 129)));
        Assert.Equal($"{new string('x', 126)}\ud83d\udc4b", UserName.Of($"{new string('x', 126)}\ud83d\udc4b"));
        Assert.Equal(new string('x', 127), UserName.Of($"{new string('x', 127)}\ud83d\udc4by"));
    }
}
