namespace ChatEvents.Deploy.Configuration;

/// <summary>
/// A domain name for the API: clients connect to <c>wss://{name}</c>, and posts to connections go to <c>https://{name}</c>.
/// </summary>
public sealed record DomainConfig
{
    /// <summary>Required. Such as <c>chat.example.com</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// ARN of a certificate for the name, in ACM in the region of the stack. Default: a new one, which ACM validates by a record in
    /// <see cref="HostedZone"/>.
    /// </summary>
    public string? Certificate { get; init; }

    /// <summary>
    /// The zone in Route 53 that the name is in; the stack adds its records there. Default none: its owner points the name at the
    /// output <c>DomainTarget</c>. Then a certificate is required.
    /// </summary>
    public HostedZoneConfig? HostedZone { get; init; }

    /// <summary>Where posts to connections go.</summary>
    public string CallbackEndpoint => $"https://{Name}";
}

/// <summary>A public hosted zone of the account.</summary>
public sealed record HostedZoneConfig
{
    /// <summary>Required. Such as <c>Z0123456789ABCDEFGHIJ</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Required. Such as <c>example.com</c>.</summary>
    public required string Name { get; init; }
}
