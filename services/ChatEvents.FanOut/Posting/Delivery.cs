namespace ChatEvents.FanOut.Posting;

/// <summary>One post to one connection and how it ended: a value, because at 10,000 posts a second an exception is a cost.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="RetryAfter">How long the gateway asks to wait (<c>Retry-After</c>); null when it does not say.</param>
/// <param name="Reason">For the log: what went wrong, null when nothing did.</param>
public readonly record struct Delivery(DeliveryOutcome Outcome, TimeSpan? RetryAfter = null, string? Reason = null);
