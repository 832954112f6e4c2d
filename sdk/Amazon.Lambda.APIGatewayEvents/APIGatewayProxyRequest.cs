namespace Amazon.Lambda.APIGatewayEvents;

/// <summary>
/// The event of a proxy integration. A WebSocket API leaves out whatever does not apply: a message has neither headers nor a query
/// string, an empty frame has no body.
/// </summary>
public class APIGatewayProxyRequest
{
    public IDictionary<string, string>? Headers { get; set; }

    public IDictionary<string, IList<string>>? MultiValueHeaders { get; set; }

    public IDictionary<string, string>? QueryStringParameters { get; set; }

    public IDictionary<string, IList<string>>? MultiValueQueryStringParameters { get; set; }

    public IDictionary<string, string>? StageVariables { get; set; }

    public ProxyRequestContext? RequestContext { get; set; }

    public string? Body { get; set; }

    public bool IsBase64Encoded { get; set; }

    public class ProxyRequestContext
    {
        public string? ApiId { get; set; }

        public APIGatewayCustomAuthorizerContext? Authorizer { get; set; }

        /// <summary>Epoch milliseconds.</summary>
        public long ConnectedAt { get; set; }

        public string? ConnectionId { get; set; }

        public string? DomainName { get; set; }

        public string? EventType { get; set; }

        public string? ExtendedRequestId { get; set; }

        public RequestIdentity? Identity { get; set; }

        public string? MessageDirection { get; set; }

        public string? MessageId { get; set; }

        public string? RequestId { get; set; }

        public string? RequestTime { get; set; }

        /// <summary>Epoch milliseconds.</summary>
        public long RequestTimeEpoch { get; set; }

        public string? RouteKey { get; set; }

        public string? Stage { get; set; }
    }

    public class RequestIdentity
    {
        public string? SourceIp { get; set; }

        public string? UserAgent { get; set; }
    }
}
