using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Queues;

/// <summary>Messages that somebody sent by hand, without the attribute that says what they are.</summary>
public sealed class UntypedMessageTests
{
    private const string Posted =
        """{"messageId":"m=","connectionId":"c=","room":"everyone","message":"hi","postedAt":"2026-11-21T11:36:01Z"}""";

    [Fact]
    public void On_the_queue_of_messages_they_are_chat_messages() =>
        Assert.Equal(
            AttributeNames.MessageTypeOf<MessagePosted>(),
            RouteEventRules.RequireReadable(ChatQueue.Messages, QueueNames.Messages, Untyped(Posted), FakeTime.LongAfter).Type.MessageType);

    [Fact]
    public void On_the_queue_of_connections_nobody_can_tell_what_they_are()
    {
        var error = Assert.Throws<UnreadableMessageException>(
            () => RouteEventRules.RequireReadable(ChatQueue.Connections, QueueNames.Connections, Untyped("""{"connectionId":"c="}"""), FakeTime.LongAfter));

        Assert.Contains(AttributeNames.MessageType, error.Message, StringComparison.Ordinal);
    }

    private static ReceivedMessage Untyped(string body) =>
        ReceivedMessage.From(new Amazon.SQS.Model.Message { MessageId = "1", ReceiptHandle = "r", Body = body });
}
