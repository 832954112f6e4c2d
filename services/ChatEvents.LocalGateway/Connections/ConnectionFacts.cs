namespace ChatEvents.LocalGateway.Connections;

/// <summary>The facts of a connection that every one of its events repeats.</summary>
internal sealed record ConnectionFacts(string Id, DateTimeOffset ConnectedAt, string SourceIp, string? UserAgent, string DomainName)
{
    /// <summary>The authorizer's answer as the JSON object that events carry, or null without an authorizer.</summary>
    public byte[]? Authorizer { get; init; }
}
