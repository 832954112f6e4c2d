namespace ChatEvents.LocalGateway.Configuration;

/// <summary>Verification of Signature Version 4 on <c>@connections</c>.</summary>
public sealed class SigningOptions
{
    /// <summary>Secret keys by access key id. Default: none, signatures are not verified.</summary>
    public IDictionary<string, string> Keys { get; set; } = new Dictionary<string, string>();

    /// <summary>How far the time of a signature may be off. Default 5 min, as on AWS.</summary>
    public TimeSpan AllowedClockSkew { get; set; } = TimeSpan.FromMinutes(5);
}
