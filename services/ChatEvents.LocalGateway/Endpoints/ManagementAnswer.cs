using System.Buffers;
using System.Text;
using System.Text.Json;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>An answer of the management API. The SDKs tell errors apart by the header <c>x-amzn-ErrorType</c>.</summary>
internal sealed record ManagementAnswer(int StatusCode, string? ErrorType = null, string? Message = null)
{
    public static readonly ManagementAnswer Ok = new(200);
    public static readonly ManagementAnswer Deleted = new(204);

    // Recorded from AWS: a 410 has no body.
    public static readonly ManagementAnswer Gone = new(410, "GoneException");
    public static readonly ManagementAnswer Forbidden = new(403, "ForbiddenException", "Forbidden");
    public static readonly ManagementAnswer PayloadTooLarge = new(413, "PayloadTooLargeException", "Message too long");
    public static readonly ManagementAnswer LimitExceeded = new(429, "LimitExceededException", "Limit exceeded");

    // AWS uses the same error type for the account quota and for a slow reader; only this text differs.
    public static readonly ManagementAnswer Throttled = new(429, "LimitExceededException", "Too Many Requests");

    public static ManagementAnswer InjectedFault(int status) => new(status, "InternalServerErrorException", "Injected fault");

    public static ManagementAnswer InvalidId(string id) => new(400, "BadRequestException", $"Invalid connectionId: {id}");

    public static ManagementAnswer BadRequest(string reason) => new(400, "BadRequestException", reason);

    public void WriteTo(HttpResponse response, Ids ids, DateTimeOffset now)
    {
        response.StatusCode = StatusCode;
        response.Headers["x-amzn-RequestId"] = ids.NewUuid();
        response.Headers["x-amz-apigw-id"] = ids.NewGatewayId();
        response.Headers["x-amzn-trace-id"] = ids.NewTraceId(now);
        if (ErrorType is not null)
            response.Headers["x-amzn-ErrorType"] = ErrorType;
        if (StatusCode == StatusCodes.Status204NoContent)
            return;

        response.ContentType = "application/json";
        response.ContentLength = 0;
        if (Message is not null)
        {
            var body = Encoding.UTF8.GetBytes($$"""{"message":"{{JsonEncodedText.Encode(Message)}}"}""");
            response.ContentLength = body.Length;
            response.BodyWriter.Write(body);
        }
    }
}
