namespace ChatEvents.Contracts;

/// <summary>
/// Where posts to connections go: an http or https URL of host and stage, without anything that could not be a part of the URL of a
/// connection.
/// </summary>
public static class CallbackAddress
{
    /// <summary>Of an address. Arbitrary; a domain name has 253 characters, a stage 128.</summary>
    public const int MaxLength = 1_024;

    public const string Rule = "must be an http or https URL of host and stage";

    /// <returns>Null when it is not such a URL. A slash at its end is ignored.</returns>
    public static Uri? Parse(string? address) =>
        address is { Length: <= MaxLength }
        && Uri.TryCreate(address.TrimEnd('/'), UriKind.Absolute, out var uri)
        && uri is { Scheme: "http" or "https", Host.Length: > 0, UserInfo: "", Query: "", Fragment: "" }
            ? uri
            : null;
}
