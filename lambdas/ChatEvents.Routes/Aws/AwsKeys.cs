namespace ChatEvents.Routes.Aws;

/// <summary>The credentials that sign requests. A class and not a record, because a record would print its secrets.</summary>
/// <param name="accessKeyId">Tells AWS who signed.</param>
/// <param name="secretAccessKey">The key of the signature.</param>
/// <param name="sessionToken">Sent along with temporary keys, such as those of a function's role; null for permanent ones.</param>
public sealed class AwsKeys(string accessKeyId, string secretAccessKey, string? sessionToken)
{
    public string AccessKeyId => accessKeyId;

    public string SecretAccessKey => secretAccessKey;

    public string? SessionToken => sessionToken;

    /// <summary>Lambda sets the keys of a function's role when it starts an environment; they stay valid until the environment ends.</summary>
    /// <exception cref="InvalidSettingException">There are no keys.</exception>
    public static AwsKeys FromEnvironment(Func<string, string?> variable) => new(
        Required(variable, "AWS_ACCESS_KEY_ID"),
        Required(variable, "AWS_SECRET_ACCESS_KEY"),
        variable("AWS_SESSION_TOKEN") is { Length: > 0 } token ? token : null);

    private static string Required(Func<string, string?> variable, string name) => variable(name) is { Length: > 0 } value
        ? value
        : throw new InvalidSettingException($"{name} must be set: a function takes its credentials from the environment only.");
}
