using Amazon.ApiGatewayManagementApi;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.SQS;
using ChatEvents.ConnectionRegistry.Sweeping;
using Microsoft.Extensions.Configuration;

namespace ChatEvents.Admin;

/// <summary>What the tool touches outside of itself. A verb creates only the clients that it needs.</summary>
public sealed record AdminEnvironment
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Where an operator answers questions; null without a terminal.</summary>
    public required TextReader? Answers { get; init; }

    /// <summary>Sections <c>Tables</c> and <c>Queues</c>, as the workers have them, and the AWS_ENDPOINT_URL_* variables.</summary>
    public required IConfiguration Settings { get; init; }

    public required Func<IAmazonDynamoDB> CreateDynamoDb { get; init; }

    public required Func<IAmazonSQS> CreateSqs { get; init; }

    /// <summary>A client of the management API at one callback endpoint.</summary>
    public required Func<string, IAmazonApiGatewayManagementApi> CreateGateway { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Somebody waits at a terminal: a server that is not there should be told of within seconds, not minutes.</summary>
    private const int Retries = 3;

    public static AdminEnvironment OfThisProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        Answers = Console.IsInputRedirected ? null : Console.In,
        Settings = new ConfigurationBuilder().AddEnvironmentVariables().Build(),
        CreateDynamoDb = () => new AmazonDynamoDBClient(new AmazonDynamoDBConfig { RetryMode = RequestRetryMode.Standard, MaxErrorRetry = Retries }),
        CreateSqs = () => new AmazonSQSClient(new AmazonSQSConfig { RetryMode = RequestRetryMode.Standard, MaxErrorRetry = Retries }),
        CreateGateway = endpoint => Gateway.CreateClient(DefaultAWSCredentialsIdentityResolver.GetCredentials(), endpoint),
        Time = TimeProvider.System,
    };
}
