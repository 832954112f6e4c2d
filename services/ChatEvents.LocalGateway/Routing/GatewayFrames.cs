using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Routing;

/// <summary>The error texts that API Gateway itself sends to clients, with the spacing recorded from AWS.</summary>
internal static class GatewayFrames
{
    public static OutboundFrame Error(string message, string connectionId, string requestId) =>
        OutboundFrame.Text(ErrorText(message, connectionId, requestId));

    public static string ErrorText(string message, string connectionId, string requestId) =>
        $$"""{"message": "{{message}}", "connectionId":"{{connectionId}}", "requestId":"{{requestId}}"}""";
}
