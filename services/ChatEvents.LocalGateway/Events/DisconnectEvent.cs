using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Events;

/// <summary>The event for the <c>$disconnect</c> route. Its few, mostly empty headers are made up by AWS.</summary>
internal static class DisconnectEvent
{
    public static byte[] Build(ApiFacts api, ConnectionFacts connection, RequestFacts request, CloseStatus status) =>
        EventJson.Build((api, connection, request, status), static (json, state) =>
        {
            json.WriteValues("headers", "multiValueHeaders",
            [
                new("Host", [state.connection.DomainName]),
                new("x-api-key", [""]),
                new("X-Forwarded-For", [""]),
                new("x-restapi", [""]),
            ]);
            json.WriteRequestContext(state.api, state.connection, state.request, "$disconnect", "DISCONNECT", special =>
            {
                special.WriteNumber("disconnectStatusCode", state.status.Code);
                special.WriteString("disconnectReason", state.status.Reason);
            });
            json.WriteNotBase64();
        });
}
