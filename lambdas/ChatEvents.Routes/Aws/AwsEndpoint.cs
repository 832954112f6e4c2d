namespace ChatEvents.Routes.Aws;

/// <summary>The address of an AWS service, and the names that its requests are signed with.</summary>
/// <param name="Service">Its name in signatures: <c>sqs</c> or <c>dynamodb</c>.</param>
/// <param name="Region">Such as <c>eu-central-1</c>.</param>
/// <param name="Url">Its address.</param>
public sealed record AwsEndpoint(string Service, string Region, Uri Url)
{
    /// <summary>Of its requests. Services speak one of two versions of JSON that differ in nothing that is used here.</summary>
    public string ContentType => $"application/x-amz-json-1.{(Service is "ssm" or "secretsmanager" ? 1 : 0)}";

    /// <summary>
    /// The service that the environment names, by the variables that every AWS SDK reads: AWS_ENDPOINT_URL_SQS (or _DYNAMODB), else
    /// AWS_ENDPOINT_URL, else the service in AWS_REGION.
    /// </summary>
    /// <exception cref="InvalidSettingException">A variable is missing or invalid.</exception>
    public static AwsEndpoint FromEnvironment(string service, Func<string, string?> variable)
    {
        var region = Given("AWS_REGION") ?? Given("AWS_DEFAULT_REGION") ?? throw new InvalidSettingException("AWS_REGION must be set.");
        var own = $"AWS_ENDPOINT_URL_{(service == "secretsmanager" ? "SECRETS_MANAGER" : service.ToUpperInvariant())}";
        var name = Given(own) is null ? "AWS_ENDPOINT_URL" : own;
        var url = Given(name) ?? $"https://{service}.{region}.amazonaws.com{(region.StartsWith("cn-", StringComparison.Ordinal) ? ".cn" : "")}";
        return Uri.TryCreate(url, UriKind.Absolute, out var valid) && valid.Scheme is "http" or "https"
            ? new AwsEndpoint(service, region, valid)
            : throw new InvalidSettingException($"{name} must be an http or https URL, but is {url}.");

        string? Given(string name) => variable(name) is { Length: > 0 } value ? value : null;
    }
}
