using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Routing;

/// <summary>The texts that clients receive from API Gateway itself, with the spacing that was recorded from AWS.</summary>
internal static class GatewayFrames
{
    public static OutboundFrame Error(string message, string connectionId, string requestId) =>
        OutboundFrame.Text(ErrorText(message, connectionId, requestId));

    public static string ErrorText(string message, string connectionId, string requestId) =>
        $$"""{"message": "{{message}}", "connectionId":"{{connectionId}}", "requestId":"{{requestId}}"}""";
}
