namespace ChatEvents.LocalGateway.Connections;

/// <summary>
/// Whether a handshake is accepted, and its answer. A refusal by the gateway has a message for the client; one by the <c>$connect</c>
/// function has only a status. The reason is for the log.
/// </summary>
internal readonly record struct ConnectDecision(int StatusCode, string? Message, string Reason, string? Subprotocol = null)
{
    public static ConnectDecision ByFunction(int statusCode, string? subprotocol) =>
        new(statusCode, null, "by the function of $connect", subprotocol);

    public static ConnectDecision Accepted { get; } = new(200, null, "there is no $connect route");

    public static ConnectDecision IntegrationFailed(string error) => new(502, "Internal server error", error);

    public static ConnectDecision IntegrationTimedOut(string error) => new(504, "Endpoint request timed out", error);

    public static ConnectDecision UnknownStage(string? stage) => new(403, "Forbidden", $"there is no stage '{stage}'");

    public static ConnectDecision Throttled { get; } = new(429, "Too Many Requests", "the quota of the account is used up");

    public static ConnectDecision Unauthorized(string reason) => new(401, "Unauthorized", reason);

    public static ConnectDecision DeniedByPolicy(string resource) =>
        new(403, "Forbidden", $"the authorizer's policy does not allow {resource}");

    public static ConnectDecision AuthorizerFailed(string error) => new(500, "Internal server error", error);

    public bool IsAccepted => StatusCode is >= 200 and < 300;
}
