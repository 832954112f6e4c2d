namespace ChatEvents.Page;

/// <summary>The page's settings from environment variables, of which the authorizer has those that begin with <c>AUTH_</c>, too.</summary>
internal static class PageEnvironment
{
    /// <summary>Null without <c>CHAT_URL</c>.</summary>
    public static PageSettings? Read(Func<string, string?> variable)
    {
        return Given("CHAT_URL") is { } url ? new PageSettings { Url = url, Auth = Auth(Given("AUTH_MODE") ?? "none", Given) } : null;

        // Compose sets what is not set to nothing.
        string? Given(string name) => variable(name) is { Length: > 0 } value ? value : null;
    }

    public static PageAuth Auth(string mode, Func<string, string?> variable) => mode == "none" ? new PageAuth() : new PageAuth
    {
        Mode = mode,
        Issuer = variable("AUTH_ISSUER"),
        ClientId = variable("AUTH_CLIENT_ID"),
        Audience = List(variable("AUTH_AUDIENCE")),
        SignInOrigins = List(variable("AUTH_SIGN_IN_ORIGINS")) ?? [],
    };

    private static string[]? List(string? value) => value?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
