using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Posting;

/// <summary>One @connections request: a post, or the DELETE that closes a connection.</summary>
/// <param name="Verb">What is asked for.</param>
/// <param name="Endpoint">Whom.</param>
/// <param name="ConnectionId">As it stands in the path, see <see cref="CallbackEndpoint.Escape"/>.</param>
/// <param name="PayloadHash">Of the body.</param>
/// <param name="Body">Empty for a DELETE.</param>
/// <param name="BegunAt">When its time began, which opening a socket takes its part of; as a timestamp of the clock.</param>
internal readonly record struct GatewayRequest(
    HttpVerb Verb, CallbackEndpoint Endpoint, string ConnectionId, PayloadHash PayloadHash, ReadOnlyMemory<byte> Body, long BegunAt)
{
    public ReadOnlySpan<byte> Method => Verb == HttpVerb.Post ? "POST"u8 : "DELETE"u8;
}

internal enum HttpVerb
{
    Post,
    Delete,
}
