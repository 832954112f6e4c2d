using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;
using ChatEvents.Routes.Rooms;

namespace ChatEvents.Routes;

/// <summary>Makes the clients of a function, each on first use, because everything that is done at start makes a cold start longer.</summary>
public sealed record RouteClients(Func<AwsClient> Sqs, Func<AwsClient> DynamoDb)
{
    /// <summary>Only for an authorizer whose key is there.</summary>
    public Func<AwsClient> Ssm { get; init; } = () => throw new InvalidOperationException("No client of SSM was given.");

    /// <inheritdoc cref="Ssm"/>
    public Func<AwsClient> SecretsManager { get; init; } = () => throw new InvalidOperationException("No client of Secrets Manager was given.");

    private MessageRate? _messages;

    // AWS neither redirects nor sets cookies, and traces travel with messages, not with requests. What is off need not be loaded.
    private static readonly HttpMessageInvoker Http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
    });

    /// <summary>Rooms that were read a moment ago. On Lambda a process is one environment; several in one process share them.</summary>
    internal PresenceCache Presence => LazyInitializer.EnsureInitialized(ref field, () => new PresenceCache(Time));

    /// <summary>What each connection has asked for lately, shared as <see cref="Presence"/> is.</summary>
    internal CallRate Rate => LazyInitializer.EnsureInitialized(ref field, () => new CallRate(Time));

    /// <summary>The same for histories: a client that comes back joins its rooms and asks for what it missed in each of them, at once.</summary>
    internal CallRate HistoryRate => LazyInitializer.EnsureInitialized(ref field, () => new CallRate(Time));

    /// <summary>What connections speak, shared as <see cref="Presence"/> is.</summary>
    internal SpeakerCache Speakers => LazyInitializer.EnsureInitialized(ref field, () => new SpeakerCache(Time));

    /// <summary>How many messages each connection sends, shared as <see cref="Presence"/> is.</summary>
    internal MessageRate Messages(RouteSettings settings) =>
        LazyInitializer.EnsureInitialized(ref _messages, () => new MessageRate(settings.MessagesPerSecond, settings.MessagesBurst, Time));

    /// <summary>
    /// How often it was waited for connections of an address that have just come, shared as <see cref="Presence"/> is: 20 times at once, and
    /// twice a second. Arbitrary, and more than people do who share an address.
    /// </summary>
    internal TokenBuckets Waits { get; } = new(perSecond: 2, burst: 20, maxKeys: 10_000);

    /// <summary>Addresses whose frames are refused, shared as <see cref="Presence"/> is.</summary>
    internal RefusedFrames Refused => LazyInitializer.EnsureInitialized(ref field, () => new RefusedFrames(Time));

    /// <summary>Posts to rooms by addresses, shared as <see cref="Presence"/> is.</summary>
    internal Strangers Strangers { get; } = new();

    /// <summary>What was told of rows, shared as <see cref="Presence"/> is.</summary>
    internal OncePer Told => LazyInitializer.EnsureInitialized(ref field, () => new OncePer(TimeSpan.FromHours(1), Time));

    /// <summary>The clock of all of them.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

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
