using ChatEvents.LocalGateway.Connections;

namespace ChatEvents.LocalGateway.Events;

/// <summary>The event for one message. It has neither headers nor a query string.</summary>
internal static class MessageEvent
{
    public static byte[] Build(
        ApiFacts api, ConnectionFacts connection, RequestFacts request, string routeKey, string messageId, ReadOnlyMemory<byte> body) =>
        EventJson.Build((api, connection, request, routeKey, messageId, body), static (json, state) =>
        {
            json.WriteRequestContext(
                state.api, state.connection, state.request, state.routeKey, "MESSAGE",
                special => special.WriteString("messageId", state.messageId));
            // An empty text frame gives an event without a body.
            if (!state.body.IsEmpty)
                json.WriteString("body", state.body.Span);
            json.WriteNotBase64();
        });
}
