namespace ChatEvents.Routes.Aws;

/// <summary>Who signs. A class and not a record: a record would print its secrets.</summary>
/// <param name="accessKeyId">Says whose the signature is.</param>
/// <param name="secretAccessKey">What the signature is made with.</param>
/// <param name="sessionToken">Travels with temporary keys, such as those of a function's role; null for lasting ones.</param>
public sealed class AwsKeys(string accessKeyId, string secretAccessKey, string? sessionToken)
{
    public string AccessKeyId => accessKeyId;

    public string SecretAccessKey => secretAccessKey;

    public string? SessionToken => sessionToken;

    /// <summary>Lambda puts the keys of a function's role there when an environment starts; they outlast it.</summary>
    /// <exception cref="InvalidSettingException">There are none.</exception>
    public static AwsKeys FromEnvironment(Func<string, string?> variable) => new(
        Required(variable, "AWS_ACCESS_KEY_ID"),
        Required(variable, "AWS_SECRET_ACCESS_KEY"),
        variable("AWS_SESSION_TOKEN") is { Length: > 0 } token ? token : null);

    private static string Required(Func<string, string?> variable, string name) => variable(name) is { Length: > 0 } value
        ? value
        : throw new InvalidSettingException($"{name} must be set: a function takes its credentials from the environment only.");
}
