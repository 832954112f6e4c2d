using System.Text;
using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Rendering;

namespace ChatEvents.UnitTests.FanOut;

public sealed class MessageTemplateTests
{
    private static readonly MessagePosted Posted = new()
    {
        MessageId = "Qv7mVtfGIAMCJw8=",
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        Room = "blue",
        Message = "a \"quoted\" line\nand {room}",
        PostedAt = new DateTimeOffset(2026, 11, 21, 12, 0, 0, 5, TimeSpan.FromHours(1)),
    };

    [Theory]
    [InlineData("Echo: {message}", "Echo: a \"quoted\" line\nand {room}")]
    [InlineData("{messageId}/{room}/{connectionId}", "Qv7mVtfGIAMCJw8=/blue/Qv7kLd3mIAMCJw8=")]
    [InlineData("{postedAt}", "2026-11-21T11:00:00.0050000Z")]
    [InlineData("{seq}. {message:json}", "42. a \\\"quoted\\\" line\\nand {room}")]
    [InlineData("{} {1} { message} no placeholder", "{} {1} { message} no placeholder")]
    public void Placeholders_stand_for_members_of_the_message(string template, string expected) =>
        Assert.Equal(expected, MessageTemplate.Parse(template).Render(Posted, seq: 42));

    [Theory]
    [InlineData("ada", "Ada", null, "Ada: hi")]
    [InlineData("ada", null, null, "ada: hi")]
    [InlineData(null, null, "guest-abc234", "guest-abc234: hi")]
    [InlineData(null, null, null, ": hi")]
    public void A_sender_is_shown_by_name_else_by_id_else_as_a_guest(string? user, string? name, string? guest, string expected) =>
        Assert.Equal(
            expected,
            MessageTemplate.Parse("{user}: {message}").Render(Posted with { Message = "hi", User = user, Name = name, Guest = guest }, seq: 42));

    [Fact]
    public void A_template_of_JSON_stays_JSON_whatever_the_message()
    {
        var text = MessageTemplate.Parse("""{"id":"{messageId:json}","text":"{message:json}"}""").Render(Posted, seq: 42);

        using var json = JsonDocument.Parse(text);
        Assert.Equal(Posted.Message, json.RootElement.GetProperty("text").GetString());
        Assert.Equal(Posted.MessageId, json.RootElement.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("\ud83d\udc4b\u007f\u2028\u00e9<>&'+/", "\ud83d\udc4b\u007f\u2028\u00e9<>&'+/")]
    [InlineData("a\"b\\c", "a\\\"b\\\\c")]
    [InlineData("\b\f\n\r\t\0\u001b\u001f", "\\b\\f\\n\\r\\t\\u0000\\u001b\\u001f")]
    public void Only_what_JSON_demands_is_escaped(string message, string escaped)
    {
        var rendered = MessageTemplate.Parse("{message:json}").Render(Posted with { Message = message }, seq: 42);

        Assert.Equal(escaped, rendered);
        Assert.Equal(message, JsonSerializer.Deserialize<string>($"\"{rendered}\""));
    }

    [Fact]
    public void Ten_thousand_emoji_stay_as_large_as_they_are() => Assert.Equal(
        (10_800 * 4) + 8,
        Encoding.UTF8.GetByteCount(MessageTemplate.Parse("""{"m":"{message:json}"}""").Render(
            Posted with { Message = string.Concat(Enumerable.Repeat("\ud83d\udc4b", 10_800)) }, seq: 42)));

    [Theory]
    [InlineData("", "must have from 1 to 4096 characters, but has 0")]
    [InlineData("{text}", "has the unknown placeholder {text}")]
    [InlineData("{message:xml}", "has the unknown form in {message:xml}; only :json is supported")]
    public void A_wrong_template_is_refused_in_one_sentence(string template, string problem) =>
        Assert.Equal(problem, Assert.Throws<FormatException>(() => MessageTemplate.Parse(template)).Message);

    [Fact]
    public void A_template_longer_than_4096_characters_is_refused() =>
        Assert.Contains("4097", Assert.Throws<FormatException>(() => MessageTemplate.Parse(new string('x', 4_097))).Message, StringComparison.Ordinal);
}
