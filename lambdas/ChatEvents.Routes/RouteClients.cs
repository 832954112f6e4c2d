using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes;

/// <summary>Makes the clients of a function, each on first use, because everything that is done at start makes a cold start longer.</summary>
public sealed record RouteClients(Func<AwsClient> Sqs, Func<AwsClient> DynamoDb)
{
    /// <summary>Only for an authorizer whose key is there.</summary>
    public Func<AwsClient> Ssm { get; init; } = () => throw new InvalidOperationException("No client of SSM was given.");

    /// <inheritdoc cref="Ssm"/>
    public Func<AwsClient> SecretsManager { get; init; } = () => throw new InvalidOperationException("No client of Secrets Manager was given.");

    // AWS neither redirects nor sets cookies, and traces travel with messages, not with requests. What is off need not be loaded.
    private static readonly HttpMessageInvoker Http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
    });

    /// <summary>Clients of the services that the environment variables name; see <see cref="AwsEndpoint.FromEnvironment"/>.</summary>
    public static RouteClients FromEnvironment(Func<string, string?> variable)
    {
        return new RouteClients(() => Client("sqs"), () => Client("dynamodb"))
        {
            Ssm = () => Client("ssm"),
            SecretsManager = () => Client("secretsmanager"),
        };

        AwsClient Client(string service) =>
            Of(AwsEndpoint.FromEnvironment(service, variable), () => AwsKeys.FromEnvironment(variable));
    }

    /// <summary>A client of one service.</summary>
    public static AwsClient Of(AwsEndpoint endpoint, Func<AwsKeys> keys) => new(endpoint, keys, Http, TimeProvider.System, Jitter.Next);
}
