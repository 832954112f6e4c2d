using System.Text;
using ChatEvents.Queues;

namespace ChatEvents.UnitTests.Queues;

public sealed class ReceivedMessageTests
{
    private const string Parent = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";
    private const string XRay = "Root=1-00000000-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";

    [Fact]
    public void Everything_that_SQS_says_is_read()
    {
        var message = ReceivedMessage.From(new()
        {
            MessageId = "m",
            ReceiptHandle = "receipt",
            Body = "Grüße",
            Attributes = new()
            {
                ["ApproximateReceiveCount"] = "3",
                ["SentTimestamp"] = "1795260961242",
                ["MessageGroupId"] = "blue",
                ["AWSTraceHeader"] = XRay,
            },
            MessageAttributes = new() { ["a"] = new() { StringValue = "text" }, ["b"] = new() { BinaryValue = new MemoryStream([1]) } },
        });

        Assert.Equal(("m", "Grüße", 3, "blue"), (message.MessageId, Encoding.UTF8.GetString(message.Body), message.ReceiveCount, message.GroupId));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1795260961242), message.SentAt);
        Assert.Equal([("a", "text")], message.Attributes.Select(each => (each.Key, each.Value)));
        Assert.Equal("00-00000000bd862e3fe1be46a994272793-53995c3f42cd8ad8-00", message.Trace.TraceParent);
        Assert.Equal(XRay, message.Trace.XRayHeader);
    }

    [Fact]
    public void What_a_server_does_not_say_has_a_default()
    {
        var message = ReceivedMessage.From(new() { MessageId = "m", ReceiptHandle = "receipt" });

        Assert.Empty(message.Body);
        Assert.Empty(message.Attributes);
        Assert.Equal((1, null, null), (message.ReceiveCount, message.GroupId, message.SentAt));
        Assert.Equal(default, message.Trace);
    }

    [Fact]
    public void The_publishers_own_trace_comes_before_that_of_X_Ray()
    {
        var message = ReceivedMessage.From(new()
        {
            MessageId = "m",
            ReceiptHandle = "receipt",
            Attributes = new() { ["AWSTraceHeader"] = XRay },
            MessageAttributes = new() { ["traceparent"] = new() { StringValue = Parent } },
        });

        Assert.Equal(Parent, message.Trace.TraceParent);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("")]
    public void What_is_no_number_counts_as_not_said(string text)
    {
        var message = ReceivedMessage.From(
            new() { MessageId = "m", ReceiptHandle = "r", Attributes = new() { ["ApproximateReceiveCount"] = text, ["SentTimestamp"] = text } });

        Assert.Equal((1, null), (message.ReceiveCount, message.SentAt));
    }
}
