namespace ChatEvents.Routes.Authorizing;

/// <summary>What a REQUEST authorizer is asked on <c>$connect</c>, as far as it looks.</summary>
internal sealed record AuthorizerRequest
{
    /// <summary>The ARN of the route, which the answer allows or denies.</summary>
    public required string MethodArn { get; init; }

    public required string ConnectionId { get; init; }

    public string? SourceAddress { get; init; }

    /// <summary>The values of the header <c>Authorization</c>, a header each.</summary>
    public IReadOnlyList<string> Authorization { get; init; } = [];

    /// <summary>The sub-protocols that the client offers.</summary>
    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>The values of the query parameter <c>access_token</c>.</summary>
    public IReadOnlyList<string> AccessTokens { get; init; } = [];

    /// <summary>The values of the query parameter <c>protocol</c>.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>The query parameter <c>client</c>; null when it is missing or given more than once.</summary>
    public string? Client { get; init; }
}
