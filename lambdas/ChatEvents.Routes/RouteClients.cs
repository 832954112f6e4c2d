using ChatEvents.Queues;
using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes;

/// <summary>Makes the clients of a function, each only if and when the function needs it: a cold start pays for whatever is done.</summary>
public sealed record RouteClients(Func<AwsClient> Sqs, Func<AwsClient> DynamoDb)
{
    // AWS neither redirects nor sets cookies, and a trace goes on with the message, not with the request: what is off need not be loaded.
    private static readonly HttpMessageInvoker Http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
    });

    /// <summary>Clients of the services that the environment names; see <see cref="AwsEndpoint.FromEnvironment"/>.</summary>
    public static RouteClients FromEnvironment(Func<string, string?> variable)
    {
        return new RouteClients(() => Client("sqs"), () => Client("dynamodb"));

        AwsClient Client(string service) =>
            Of(AwsEndpoint.FromEnvironment(service, variable), () => AwsKeys.FromEnvironment(variable));
    }

    /// <summary>A client of one service.</summary>
    public static AwsClient Of(AwsEndpoint endpoint, Func<AwsKeys> keys) => new(endpoint, keys, Http, TimeProvider.System, Jitter.Next);
}
