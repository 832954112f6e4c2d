using System.Net.Sockets;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.SQS;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Local.Emulators;
using ChatEvents.Queues;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.Local.Hosting;

/// <summary>Clients for the SQS and DynamoDB servers of the local system, started here or not.</summary>
internal sealed class LocalServers : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>If one of these is set, the user has credentials and wants them to be used.</summary>
    private static readonly string[] CredentialVariables =
    [
        "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];

    private LocalServers(LocalEmulators emulators)
    {
        Environment["AWS_REGION"] = LocalSettings.Region;
        Environment["AWS_ENDPOINT_URL_SQS"] = emulators.SqsUrl.ToString();
        Environment["AWS_ENDPOINT_URL_DYNAMODB"] = emulators.DynamoDbUrl.ToString();
        if (CredentialVariables.Any(name => LocalSettings.Variable(name) is not null))
        {
            Credentials = DefaultAWSCredentialsIdentityResolver.GetCredentials();
        }
        else
        {
            // Emulators accept any credentials, but the SDK sends nothing without.
            Credentials = new BasicAWSCredentials("local", "local");
            Environment["AWS_ACCESS_KEY_ID"] = "local";
            Environment["AWS_SECRET_ACCESS_KEY"] = "local";
        }

        Sqs = new AmazonSQSClient(
            Credentials, new AmazonSQSConfig { ServiceURL = emulators.SqsUrl.ToString(), AuthenticationRegion = LocalSettings.Region });
        DynamoDb = new AmazonDynamoDBClient(
            Credentials, new AmazonDynamoDBConfig { ServiceURL = emulators.DynamoDbUrl.ToString(), AuthenticationRegion = LocalSettings.Region });
    }

    public AWSCredentials Credentials { get; }

    /// <summary>The variables that another program needs to use the same servers, without the user's own credentials.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public IAmazonSQS Sqs { get; }

    public IAmazonDynamoDB DynamoDb { get; }

    /// <summary>Names of the queues, from the workers' settings.</summary>
    public RouteEventQueues Queues { get; } = new();

    /// <summary>Names of the tables, from the workers' settings.</summary>
    public TableNames Tables { get; } = new();

    /// <exception cref="LocalSystemException">A server does not answer.</exception>
    public static async Task<LocalServers> ConnectAsync(LocalEmulators emulators, TimeProvider time, CancellationToken stopping)
    {
        await RequireAnswerAsync("AWS_ENDPOINT_URL_SQS", emulators.SqsUrl, time, stopping);
        await RequireAnswerAsync("AWS_ENDPOINT_URL_DYNAMODB", emulators.DynamoDbUrl, time, stopping);
        return new LocalServers(emulators);
    }

    /// <summary>Creates what a deployment would create: the queues with their dead letters, and the tables. Existing ones are kept.</summary>
    public async Task CreateQueuesAndTablesAsync(TimeProvider time, CancellationToken stopping)
    {
        var settings = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        settings.GetSection(RouteEventQueues.Section).Bind(Queues);
        Tables.Read(settings, warn: (_, _) => { }); // the workers warn
        await QueueSetup.EnsureQueuesAsync(Sqs, Queues, stopping);
        await new TablesSetup(DynamoDb, time, NullLogger<TablesSetup>.Instance).CreateTablesAsync(Tables, stopping);
    }

    public ValueTask DisposeAsync()
    {
        Sqs.Dispose();
        DynamoDb.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task RequireAnswerAsync(string variable, Uri url, TimeProvider time, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, timeout.Token);
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(url.Host, url.Port, either.Token);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            var reason = e is SocketException refused ? refused.Message : $"no answer within {ConnectTimeout.TotalSeconds} s";
            throw new LocalSystemException($"{variable} names {url}, but nothing answers there: {reason}.", e);
        }
    }
}
