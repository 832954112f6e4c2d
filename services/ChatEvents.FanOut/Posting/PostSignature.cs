namespace ChatEvents.FanOut.Posting;

/// <summary>The values of the headers that a signed request carries, beside the payload hash.</summary>
/// <param name="Authorization">Value of <c>Authorization</c>.</param>
/// <param name="Timestamp">Value of <c>X-Amz-Date</c>.</param>
/// <param name="SecurityToken">Value of <c>X-Amz-Security-Token</c>; null for lasting credentials.</param>
public readonly record struct PostSignature(string Authorization, string Timestamp, string? SecurityToken);
