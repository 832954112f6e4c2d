using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class OutgoingMessageTests
{
    private static readonly MessagePosted Posted = new()
    {
        MessageId = "m=",
        ConnectionId = "c=",
        Room = "blue",
        Message = "Grüße",
        PostedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void A_message_has_its_type_and_its_place_in_the_order()
    {
        var message = new OutgoingMessage(Posted, default);

        Assert.Equal(RouteEventJson.Write(Posted), message.Body);
        Assert.Equal(("blue", "m="), (message.GroupId, message.DeduplicationId));
        Assert.Equal([("MT-MessageType", "urn:message:ChatEvents.Contracts:MessagePosted")], message.Attributes.Select(each => (each.Key, each.Value)));
        Assert.Empty(message.SystemAttributes);
    }

    [Fact]
    public void A_trace_goes_on_in_attributes_of_its_own()
    {
        var message = new OutgoingMessage(Posted, new TraceContext("00-parent", "Root=1-x"));

        Assert.Equal("00-parent", message.Attributes["traceparent"]);
        Assert.Equal([("AWSTraceHeader", "Root=1-x")], message.SystemAttributes.Select(each => (each.Key, each.Value)));
    }

    [Fact]
    public void Its_size_is_counted_as_SQS_does_in_bytes_with_names_types_and_values()
    {
        var message = new OutgoingMessage(Posted, new TraceContext("00-parent"));

        var attributes = "MT-MessageType".Length + "String".Length + "urn:message:ChatEvents.Contracts:MessagePosted".Length
            + "traceparent".Length + "String".Length + "00-parent".Length;
        Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(message.Body) + attributes, message.Bytes);
    }

    [Fact]
    public void What_is_no_route_event_is_refused_by_its_name()
    {
        Assert.Contains("Strange", Assert.Throws<ArgumentException>(() => RouteEventTable.Of(typeof(Strange))).Message, StringComparison.Ordinal);
        Assert.Contains(
            "Strange", Assert.Throws<ArgumentException>(() => new RouteEventQueues().Of(new ChatQueue("Strange", "", "", "", 1))).Message, StringComparison.Ordinal);
    }

    private sealed record Strange;
}
