namespace ChatEvents.Conformance.Rules;

/// <summary>Where rules are said. <c>APIGW-DG/page</c> is a page of AWS's developer guide of API Gateway.</summary>
internal static class Sources
{
    public const string Call = "APIGW-DG/apigateway-how-to-call-websocket-api";
    public const string Connections = "APIGW-DG/apigateway-how-to-call-websocket-api-connections";
    public const string Connect = "APIGW-DG/apigateway-websocket-api-route-keys-connect-disconnect";
    public const string Subprotocol = "APIGW-DG/websocket-connect-route-subprotocol";
    public const string Limits = "APIGW-DG/apigateway-execution-service-websocket-limits-table";
    public const string Frames = "APIGW-DG/apigateway-websocket-api-routes-integrations";
    public const string Selection = "APIGW-DG/apigateway-websocket-api-selection-expressions";
    public const string Routes = "APIGW-DG/websocket-api-develop-routes";
    public const string RouteResponse = "APIGW-DG/apigateway-websocket-api-route-response";
    public const string Authorizer = "APIGW-DG/apigateway-websocket-api-lambda-auth";
    public const string Events = "APIGW-DG/apigateway-websocket-api-integration-requests";
    public const string Model = "botocore/apigatewaymanagementapi";
    public const string Powertools = "powertools-lambda-python, tests/events/apiGatewayWebSocketApi*.json";
    public const string Bref = "bref api-gateway-websocket-client, recorded answers";
    public const string Rfc = "RFC 6455";
    public const string Community = "reports of users; nobody of AWS";
    public const string None = "no source; the choice of ChatEvents";
}
