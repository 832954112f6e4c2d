using Amazon.ApiGatewayManagementApi;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.SQS;
using ChatEvents.ConnectionRegistry.Sweeping;
using Microsoft.Extensions.Configuration;

namespace ChatEvents.Admin;

/// <summary>Everything outside the tool. A verb creates only the clients that it needs.</summary>
public sealed record AdminEnvironment
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Where the operator answers questions; null without a terminal.</summary>
    public required TextReader? Answers { get; init; }

    /// <summary>Sections <c>Tables</c> and <c>Queues</c>, as for the workers, and the AWS_ENDPOINT_URL_* variables.</summary>
    public required IConfiguration Settings { get; init; }

    public required Func<IAmazonDynamoDB> CreateDynamoDb { get; init; }

    public required Func<IAmazonSQS> CreateSqs { get; init; }

    /// <summary>A client of the management API at one callback endpoint.</summary>
    public required Func<string, IAmazonApiGatewayManagementApi> CreateGateway { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Few, because an operator waits: an unreachable server must be reported within seconds.</summary>
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
