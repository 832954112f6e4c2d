namespace ChatEvents.Admin.DeadLetters;

/// <summary>A dead letter, and what is known about it.</summary>
/// <param name="Queue">The queue that it came from.</param>
/// <param name="Id">SQS's id of the message.</param>
/// <param name="Event">The event of its message type; null without a type.</param>
/// <param name="Room">Its message group; null on a standard queue.</param>
/// <param name="SentAt">When it was sent to SQS.</param>
/// <param name="Age">The time since then.</param>
/// <param name="Receives">How often it was received, including by this tool.</param>
/// <param name="Why">Why it failed, as far as its body shows.</param>
/// <param name="IsReadable">Whether its consumer could read it now.</param>
/// <param name="Body">Its body.</param>
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
