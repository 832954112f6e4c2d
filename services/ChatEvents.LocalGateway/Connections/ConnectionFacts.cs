namespace ChatEvents.LocalGateway.Connections;

/// <summary>What is known of a connection from its handshake on and repeated in every event of it.</summary>
internal sealed record ConnectionFacts(string Id, DateTimeOffset ConnectedAt, string SourceIp, string? UserAgent, string DomainName)
{
    /// <summary>The authorizer's answer as the JSON object that events carry, or null without an authorizer.</summary>
    public byte[]? Authorizer { get; init; }
}
