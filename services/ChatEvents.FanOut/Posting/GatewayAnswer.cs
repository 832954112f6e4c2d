namespace ChatEvents.FanOut.Posting;

/// <summary>What a post has a use for of the gateway's answer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ErrorType"><c>x-amzn-ErrorType</c>; null for a success, and where it is not given.</param>
/// <param name="RetryAfter"><c>Retry-After</c> as it stands there; null where it is not given.</param>
internal readonly record struct GatewayAnswer(int Status, string? ErrorType = null, string? RetryAfter = null);
