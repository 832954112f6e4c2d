using System.Text.Json;
using ChatEvents.Routes;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>The members of a frame, one by one: what is taken, and the sentence for what is not.</summary>
public sealed class FrameMemberTests
{
    private const string Example = """{"action":"x"}""";

    [Theory]
    [InlineData(null, "The frame is empty.")]
    [InlineData("", "The frame is empty.")]
    [InlineData("[]", "The frame must be a JSON object, but is an array.")]
    [InlineData("\"x\"", "The frame must be a JSON object, but is a string.")]
    [InlineData("1", "The frame must be a JSON object, but is a number.")]
    [InlineData("null", "The frame must be a JSON object, but is null.")]
    [InlineData("true", "The frame must be a JSON object, but is a boolean.")]
    [InlineData("false", "The frame must be a JSON object, but is a boolean.")]
    [InlineData("{", "The frame is not JSON.")]
    public void A_frame_is_an_object(string? body, string sentence)
    {
        var bad = Assert.Throws<BadFrameException>(() => Frame.Parse(body, Example));

        Assert.Equal((sentence, Example, 400), (bad.Message, bad.Expected, bad.StatusCode));
    }

    [Theory]
    [InlineData("{}", "The frame has no m.")]
    [InlineData("""{"m":null}""", "The frame has no m.")]
    [InlineData("""{"m":{}}""", "The m must be a string, but is an object.")]
    [InlineData("""{"m":[]}""", "The m must be a string, but is an array.")]
    [InlineData("""{"m":1}""", "The m must be a string, but is a number.")]
    [InlineData("""{"m":true}""", "The m must be a string, but is a boolean.")]
    public void A_text_that_is_needed_is_a_string(string body, string sentence)
    {
        using var frame = Frame.Parse(body, Example);
        var bad = Assert.Throws<BadFrameException>(() => frame.RequiredText("m"));

        Assert.Equal((sentence, Example), (bad.Message, bad.Expected));
    }

    [Theory]
    [InlineData("{}", 5)]
    [InlineData("""{"n":null}""", 5)]
    [InlineData("""{"n":1}""", 1)]
    [InlineData("""{"n":10}""", 10)]
    [InlineData("""{"n":0}""", null)]
    [InlineData("""{"n":11}""", null)]
    [InlineData("""{"n":1.5}""", null)]
    [InlineData("""{"n":"1"}""", null)]
    [InlineData("""{"n":99999999999}""", null)]
    public void A_number_is_whole_and_within_its_limits(string body, int? number)
    {
        using var frame = Frame.Parse(body, Example);

        if (number is not null)
        {
            Assert.Equal(number, frame.OptionalInteger("n", otherwise: 5, from: 1, to: 10));
            return;
        }

        var bad = Assert.Throws<BadFrameException>(() => frame.OptionalInteger("n", otherwise: 5, from: 1, to: 10));
        Assert.Equal(("The n must be a whole number from 1 to 10.", Example), (bad.Message, bad.Expected));
    }

    [Fact]
    public void A_room_that_is_none_is_quoted_with_what_is_one()
    {
        using var frame = Frame.Parse("""{"room":"a b"}""", Example);
        foreach (var read in (Func<string>[])[frame.RequiredRoom, frame.RoomOrEveryone])
        {
            var bad = Assert.Throws<BadFrameException>(() => read());
            Assert.Equal("\"a b\" is not the name of a room.", bad.Message);
            Assert.Equal("1 to 64 of the letters a-z and A-Z, digits, '-', '_' and '.'", JsonSerializer.Deserialize<string>(bad.Expected!));
        }
    }

    [Fact]
    public void Where_no_room_is_named_it_is_that_of_everyone()
    {
        using var frame = Frame.Parse("{}", Example);

        Assert.Equal("everyone", frame.RoomOrEveryone());
        Assert.Equal("The frame has no room.", Assert.Throws<BadFrameException>(() => frame.RequiredRoom()).Message);
    }
}
