using System.Text;
using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.UnitTests.Queues;

public sealed class RouteEventRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly MessagesMissed Missed = new()
    {
        ConnectionId = "c=",
        ConnectedAt = Now,
        CallbackEndpoint = "https://example.com/prod",
        Room = "blue",
        Since = Now,
    };

    [Fact]
    public void A_message_is_read_as_the_event_of_its_type()
    {
        var (type, routeEvent) = Read(ChatQueue.Late, RouteEventJson.Write(Missed), AttributeNames.MessageTypeOf<MessagesMissed>());

        Assert.Equal(typeof(MessagesMissed), type.Type);
        Assert.Equal(Missed, routeEvent);
    }

    [Fact]
    public void A_type_that_the_queue_does_not_carry_is_refused_with_those_that_it_does() => Assert.Equal(
        "Queue late has no consumer for 'urn:message:ChatEvents.Contracts:MessagePosted', only for "
        + "urn:message:ChatEvents.Contracts:MessagesDelayed and urn:message:ChatEvents.Contracts:MessagesMissed.",
        Assert.Throws<UnreadableMessageException>(() => Read(ChatQueue.Late, "{}", AttributeNames.MessageTypeOf<MessagePosted>())).Message);

    [Fact]
    public void Where_there_are_several_a_type_is_needed() => Assert.Equal(
        "The message has no attribute MT-MessageType, which queue late needs.",
        Assert.Throws<UnreadableMessageException>(() => Read(ChatQueue.Late, RouteEventJson.Write(Missed), type: null)).Message);

    [Fact]
    public void Where_there_is_one_it_is_that()
    {
        var divided = new WalkDivided { Room = "blue", Shard = 3, Positions = ["0639301377612420000#m"] };

        Assert.Equal(typeof(WalkDivided), Read(ChatQueue.Walks, RouteEventJson.Write(divided), type: null).Type.Type);
    }

    [Fact]
    public void A_body_that_is_not_the_event_is_refused_with_the_reason()
    {
        var error = Assert.Throws<UnreadableMessageException>(
            () => Read(ChatQueue.Late, RouteEventJson.Write(Missed with { Room = "" }), AttributeNames.MessageTypeOf<MessagesMissed>()));

        Assert.Equal(
            "The body is not the JSON of a urn:message:ChatEvents.Contracts:MessagesMissed: 'room' must be the name of a room, or the room of a user, but is \"\".",
            error.Message);
    }

    private static (RouteEventType Type, IRouteEvent Event) Read(ChatQueue queue, string body, string? type) => RouteEventRules.RequireReadable(
        queue,
        "late",
        new ReceivedMessage
        {
            MessageId = "1",
            Body = Encoding.UTF8.GetBytes(body),
            Attributes = type is null ? new Dictionary<string, string>() : new() { [AttributeNames.MessageType] = type },
        },
        Now);
}
