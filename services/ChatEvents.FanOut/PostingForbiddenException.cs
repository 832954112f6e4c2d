using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut;

/// <summary>
/// Every post of a message was forbidden: the worker is set up wrongly, and the message must not be taken for delivered.
/// </summary>
public sealed class PostingForbiddenException(MessageTally tally) : Exception(
    $"Message {tally.Message.MessageId} was forbidden at all {tally[DeliveryOutcome.Forbidden]} connections: the worker's role needs "
    + "execute-api:ManageConnections, and the callback endpoint must name the right stage.");
