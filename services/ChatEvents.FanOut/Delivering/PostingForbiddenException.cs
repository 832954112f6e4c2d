using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// Every post of a message was forbidden, or every one from somewhere on: the worker is set up wrongly, or its credentials have expired,
/// and the message must not be taken for delivered.
/// </summary>
public sealed class PostingForbiddenException(MessageTally tally) : Exception(
    $"Message {tally.Message.MessageId} was forbidden at {tally[DeliveryOutcome.Forbidden]} connections: the worker's role needs "
    + "execute-api:ManageConnections, and the callback endpoint must name the right stage.");
