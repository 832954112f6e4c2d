namespace ChatEvents.LocalGateway.Connections;

/// <summary>
/// Whether a handshake is accepted, and its answer. A refusal by the gateway has a message for the client; one by the <c>$connect</c>
/// function has only a status. The reason is for the log.
/// </summary>
internal readonly record struct ConnectDecision(int StatusCode, string? Message, string Reason, string? Subprotocol = null)
{
    public static ConnectDecision Accepted { get; } = new(200, null, "there is no $connect route");

    public static ConnectDecision Throttled { get; } = new(429, "Too Many Requests", "the quota of the account is used up");

    public static ConnectDecision WrongApiKey { get; } =
        new(403, "Forbidden", "$connect requires an API key, and the header x-api-key has none of apiKeys");

    public bool IsAccepted => StatusCode is >= 200 and < 300;

    /// <summary>What would break the handshake on the wire counts as a malformed answer.</summary>
    public static ConnectDecision ByFunction(int statusCode, string? subprotocol)
    {
        if (statusCode is < 200 or > 599)
            return IntegrationFailed($"the status {statusCode} of the answer is not from 200 to 599");
        return subprotocol is not null && !IsToken(subprotocol)
            ? IntegrationFailed($"the Sec-WebSocket-Protocol '{Quote.Line(subprotocol)}' of the answer is not a token")
            : new(statusCode, null, "by the integration of $connect", subprotocol);
    }

    public static ConnectDecision IntegrationFailed(string error) => new(502, "Internal server error", error);

    public static ConnectDecision IntegrationTimedOut(string error) => new(504, "Endpoint request timed out", error);

    public static ConnectDecision UnknownPath(string path, string known) => new(403, "Forbidden", $"there is no API at {path}, but at {known}");

    public static ConnectDecision Unauthorized(string reason) => new(401, "Unauthorized", reason);

    public static ConnectDecision DeniedByPolicy(string resource) =>
        new(403, "Forbidden", $"the authorizer's policy does not allow {resource}");

    public static ConnectDecision AuthorizerFailed(string error) => new(500, "Internal server error", error);

    /// <summary>RFC 9110, section 5.6.2.</summary>
    private static bool IsToken(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
}
