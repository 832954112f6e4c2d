namespace ChatEvents.Admin.DeadLetters;

/// <summary>A message that SQS moved aside, and what can be told of it.</summary>
/// <param name="Queue">The queue that it comes from.</param>
/// <param name="Id">SQS's id of the message.</param>
/// <param name="Event">What its message type says it is; null without one.</param>
/// <param name="Room">Its message group; null on a queue without order.</param>
/// <param name="SentAt">When SQS took it in.</param>
/// <param name="Age">Since then.</param>
/// <param name="Receives">How often it was handed out, to this tool too.</param>
/// <param name="Why">Why it failed, as far as its text tells.</param>
/// <param name="IsReadable">Whether its consumer would take it now.</param>
/// <param name="Body">Its text.</param>
internal sealed record DeadLetter(
    string Queue,
    string Id,
    string? Event,
    string? Room,
    DateTimeOffset? SentAt,
    TimeSpan? Age,
    int Receives,
    string Why,
    bool IsReadable,
    string Body);
