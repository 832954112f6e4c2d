using System.Globalization;
using System.Text;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;

namespace ChatEvents.Queues;

/// <summary>The right to settle one received message. Each receive gives a new receipt, and only the newest is valid.</summary>
public readonly record struct Receipt(string Handle);

/// <summary>One message as received from a queue.</summary>
public sealed class ReceivedMessage
{
    public required string MessageId { get; init; }

    /// <summary>UTF-8.</summary>
    public required byte[] Body { get; init; }

    /// <summary>The message attributes of type string; see <see cref="AttributeNames"/>.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>How often SQS has delivered the message, including this time.</summary>
    public int ReceiveCount { get; init; } = 1;

    /// <summary>The message group; null on a standard queue.</summary>
    public string? GroupId { get; init; }

    /// <summary>When the message was sent to SQS; null if the server does not say.</summary>
    public DateTimeOffset? SentAt { get; init; }

    public TraceContext Trace { get; init; }

    internal Receipt Receipt { get; init; }

    public static ReceivedMessage From(Message message)
    {
        var system = message.Attributes ?? [];
        var attributes = (message.MessageAttributes ?? [])
            .Where(attribute => attribute.Value.StringValue is not null)
            .ToDictionary(attribute => attribute.Key, attribute => attribute.Value.StringValue);
        var xRay = TraceContext.FromXRay(system.GetValueOrDefault(MessageSystemAttributeName.AWSTraceHeader));
        return new()
        {
            MessageId = message.MessageId,
            Receipt = new(message.ReceiptHandle),
            Body = Encoding.UTF8.GetBytes(message.Body ?? ""),
            Attributes = attributes,
            ReceiveCount = (int)(Number(MessageSystemAttributeName.ApproximateReceiveCount) ?? 1),
            GroupId = system.GetValueOrDefault(MessageSystemAttributeName.MessageGroupId),
            SentAt = Number(MessageSystemAttributeName.SentTimestamp) is { } sent ? DateTimeOffset.FromUnixTimeMilliseconds(sent) : null,
            Trace = new(attributes.GetValueOrDefault(AttributeNames.TraceParent) ?? xRay.TraceParent, xRay.XRayHeader),
        };

        long? Number(string name) =>
            long.TryParse(system.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
