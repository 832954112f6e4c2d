using ChatEvents.LocalGateway.Connections;

namespace ChatEvents.LocalGateway.Events;

/// <summary>
/// The event for a REQUEST authorizer: the connect event and the ARN to decide on. Unlike the connect event it has the headers of the
/// upgrade, and empty maps are present.
/// </summary>
internal static class AuthorizerEvent
{
    private static readonly KeyValuePair<string, string[]>[] UpgradeHeaders =
        [new("Connection", ["upgrade"]), new("content-length", ["0"]), new("Upgrade", ["websocket"])];

    public static byte[] Build(ApiFacts api, ConnectionFacts connection, RequestFacts request, ConnectRequest http) =>
        EventJson.Build((api, connection, request, http), static (json, state) =>
        {
            var (api, connection, request, http) = state;
            json.WriteString("type", "REQUEST");
            json.WriteString("methodArn", api.ConnectArn);
            json.WriteValues(
                "headers", "multiValueHeaders",
                [.. http.HeadersBesideTheUpgrade, .. UpgradeHeaders]);
            json.WriteValues("queryStringParameters", "multiValueQueryStringParameters", http.Query);
            json.WriteStageVariables(api);
            json.WriteRequestContext(api, connection, request, "$connect", "CONNECT");
            json.WriteNotBase64();
        });
}
