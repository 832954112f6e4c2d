namespace ChatEvents.FanOut;

/// <summary>
/// Every post of a message was forbidden: the worker is set up wrongly, and the message must not be taken for delivered.
/// </summary>
public sealed class PostingForbiddenException(string messageId, int connections) : Exception(
    $"Message {messageId} was forbidden at all {connections} connections: the worker's role needs execute-api:ManageConnections, "
    + "and the callback endpoint must name the right stage.");
