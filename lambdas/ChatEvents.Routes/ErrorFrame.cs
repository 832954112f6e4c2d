using Amazon.Lambda.APIGatewayEvents;

namespace ChatEvents.Routes;

/// <summary>An error as the client receives it.</summary>
internal static class ErrorFrame
{
    public static APIGatewayProxyResponse Answer(int statusCode, string? requestId, string sentence, string? expected = null) =>
        AnswerFrame.Of(statusCode, requestId, json => json.WriteString("error", sentence), expected);
}
