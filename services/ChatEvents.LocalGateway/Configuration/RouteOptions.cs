namespace ChatEvents.LocalGateway.Configuration;

/// <summary>A route and its integration: exactly one of <see cref="Function"/>, <see cref="Mock"/> and <see cref="Url"/>.</summary>
public sealed class RouteOptions
{
    /// <summary>The name of the function that the route invokes.</summary>
    public string Function { get; set; } = "";

    /// <summary>A MOCK integration: the text of its response. <c>$context.connectionId</c> and other context variables are replaced.</summary>
    public string? Mock { get; set; }

    /// <summary>An HTTP_PROXY integration: the address that receives the message by POST.</summary>
    public Uri? Url { get; set; }

    /// <summary>
    /// Headers and query parameters of requests to <see cref="Url"/>, as on AWS: <c>integration.request.header.X</c> or
    /// <c>integration.request.querystring.x</c> to <c>context.x</c>, <c>stageVariables.x</c> or <c>'static text'</c>.
    /// </summary>
    public IDictionary<string, string> RequestParameters { get; set; } = new Dictionary<string, string>();

    /// <summary>True sends the <c>body</c> of the answer back to the client. Default false: the answer is discarded.</summary>
    public bool RouteResponse { get; set; }

    /// <summary>For <c>$connect</c>: the handshake needs a header <c>x-api-key</c> with one of the API's keys. Default false.</summary>
    public bool ApiKeyRequired { get; set; }
}
