using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Consumers;

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
    [InlineData("{} {1} { message} no placeholder", "{} {1} { message} no placeholder")]
    public void Placeholders_stand_for_members_of_the_message(string template, string expected) =>
        Assert.Equal(expected, MessageTemplate.Parse(template).Render(Posted));

    [Theory]
    [InlineData("ada", "Ada", null, "Ada: hi")]
    [InlineData("ada", null, null, "ada: hi")]
    [InlineData(null, null, "guest-abc234", "guest-abc234: hi")]
    [InlineData(null, null, null, ": hi")]
    public void A_sender_is_shown_by_name_else_by_id_else_as_a_guest(string? user, string? name, string? guest, string expected) =>
        Assert.Equal(
            expected,
            MessageTemplate.Parse("{user}: {message}").Render(Posted with { Message = "hi", User = user, Name = name, Guest = guest }));

    [Fact]
    public void A_template_of_JSON_stays_JSON_whatever_the_message()
    {
        var text = MessageTemplate.Parse("""{"id":"{messageId:json}","text":"{message:json}"}""").Render(Posted);

        using var json = JsonDocument.Parse(text);
        Assert.Equal(Posted.Message, json.RootElement.GetProperty("text").GetString());
        Assert.Equal(Posted.MessageId, json.RootElement.GetProperty("id").GetString());
    }

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
