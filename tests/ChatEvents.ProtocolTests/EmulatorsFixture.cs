using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.SQS;
using ChatEvents.Local.Emulators;
using ChatEvents.ProtocolTests;
using ChatEvents.Routes;
using ChatEvents.Routes.Aws;
using ChatEvents.Testing.Rights;

[assembly: AssemblyFixture(typeof(EmulatorsFixture))]

namespace ChatEvents.ProtocolTests;

/// <summary>
/// SQS and DynamoDB over their real protocols: servers that the AWS_ENDPOINT_URL_* variables name, else the emulators of the local
/// system. One pair serves the whole test run, so tests take names of their own by <see cref="Unique"/>.
/// </summary>
public sealed class EmulatorsFixture : IAsyncLifetime
{
    private LocalEmulators? _emulators;

    /// <summary>Whether SQS is another server than the emulator of the local system.</summary>
    public static bool IsSqsNamed =>
        Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_SQS") is not null
        || Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL") is not null;

    public Uri SqsUrl => _emulators!.SqsUrl;

    public Uri DynamoDbUrl => _emulators!.DynamoDbUrl;

    public static string Region => Environment.GetEnvironmentVariable("AWS_REGION") ?? "eu-central-1";

    /// <summary>Emulators take any credentials; other servers get those of the environment.</summary>
    public static AWSCredentials Credentials =>
        Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") is { Length: > 0 }
            ? new EnvironmentVariablesAWSCredentials()
            : new BasicAWSCredentials("test", "test");

    public async ValueTask InitializeAsync() =>
        _emulators = await LocalEmulators.StartAsync(stopping: TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_emulators is not null)
        {
            await _emulators.DisposeAsync();
        }
    }

    /// <summary>A name that no other test uses; give <c>.fifo</c> within <paramref name="name"/> and it stays at the end.</summary>
    public static string Unique(string name) => $"{Guid.NewGuid():N}-{name}";

    public IAmazonDynamoDB CreateDynamoDb() => CreateDynamoDb(guard: null);

    /// <param name="guard">Lets the client do no more than a program may; null lets it do everything.</param>
    public IAmazonDynamoDB CreateDynamoDb(GuardedCalls? guard) => new AmazonDynamoDBClient(Credentials, new AmazonDynamoDBConfig
    {
        ServiceURL = DynamoDbUrl.ToString(),
        AuthenticationRegion = Region,
        HttpClientFactory = guard,
    });

    /// <summary>Clients of the same servers for a route function.</summary>
    public RouteClients CreateRouteClients()
    {
        return new RouteClients(() => ClientOf("sqs", SqsUrl), () => ClientOf("dynamodb", DynamoDbUrl));

        static AwsClient ClientOf(string service, Uri url) => RouteClients.Of(
            new AwsEndpoint(service, Region, url),
            () =>
            {
                var keys = Credentials.GetCredentials();
                return new AwsKeys(keys.AccessKey, keys.SecretKey, keys.UseToken ? keys.Token : null);
            });
    }

    public IAmazonSQS CreateSqs() => CreateSqs(guard: null);

    /// <inheritdoc cref="CreateDynamoDb(GuardedCalls?)"/>
    public IAmazonSQS CreateSqs(GuardedCalls? guard) => new AmazonSQSClient(Credentials, new AmazonSQSConfig
    {
        ServiceURL = SqsUrl.ToString(),
        AuthenticationRegion = Region,
        HttpClientFactory = guard,
    });
}
