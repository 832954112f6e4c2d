using ChatEvents.LocalGateway.Connections;

namespace ChatEvents.LocalGateway.Events;

/// <summary>The event for the <c>$connect</c> route.</summary>
internal static class ConnectEvent
{
    public static byte[] Build(ApiFacts api, ConnectionFacts connection, RequestFacts request, ConnectRequest http) =>
        EventJson.Build((api, connection, request, http), static (json, state) =>
        {
            var (api, connection, request, http) = state;
            json.WriteValues("headers", "multiValueHeaders", http.HeadersBesideTheUpgrade);
            if (http.Query.Count > 0)
                json.WriteValues("queryStringParameters", "multiValueQueryStringParameters", http.Query);
            if (api.StageVariables.Count > 0)
                json.WriteStageVariables(api);
            json.WriteRequestContext(api, connection, request, "$connect", "CONNECT");
            json.WriteNotBase64();
        });
}
