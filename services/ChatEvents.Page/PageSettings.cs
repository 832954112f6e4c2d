using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatEvents.Page;

/// <summary>What the page has to know of the chat. It is the same where the page is served by a program, and where CloudFront does.</summary>
internal sealed record PageSettings
{
    /// <summary>The file that tells it to the page.</summary>
    public const string File = "config.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // a file of its own, never part of a page
    };

    /// <summary>Where clients connect: <c>wss://...</c>, or a path of the page's own host.</summary>
    public required string Url { get; init; }

    public PageAuth Auth { get; init; } = new();

    /// <summary>Ready tokens by user, on a developer's machine only.</summary>
    public IReadOnlyDictionary<string, string>? Tokens { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}

/// <summary>Who may connect, and where people sign in.</summary>
internal sealed record PageAuth
{
    /// <summary><c>none</c>, <c>optional</c> or <c>required</c>.</summary>
    public string Mode { get; init; } = "none";

    /// <summary>The OpenID Connect provider; null where tokens come from elsewhere.</summary>
    public string? Issuer { get; init; }

    /// <summary>The page as an application of the provider; null if people cannot sign in there.</summary>
    public string? ClientId { get; init; }

    /// <summary>Whom tokens are for. The page uses the ID token if that is itself, and else the access token.</summary>
    public IReadOnlyList<string>? Audience { get; init; }

    /// <summary>Where the provider's token endpoint is, if not at the issuer's own address, such as <c>https://login.example.com</c>.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> SignInOrigins { get; init; } = [];
}
