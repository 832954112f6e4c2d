using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>
/// The settings of the route functions. On Lambda each is an environment variable, because reading a configuration file would make every
/// cold start longer.
/// </summary>
public sealed record RouteSettings
{
    /// <summary>
    /// <c>CALLBACK_ENDPOINT</c>: where posts to the connections of this API go, without <c>/@connections</c>. The default is
    /// <c>https://{domainName}/{stage}</c> of the event, which is right unless the API has a custom domain or runs locally.
    /// </summary>
    public string? CallbackEndpoint { get; init; }

    /// <summary>
    /// <c>MAX_MESSAGE_BYTES</c>: the longest chat message, in bytes of UTF-8, from 1 to <see cref="Limits.MaxGatewayMessageBytes"/>.
    /// </summary>
    public int MaxMessageBytes { get; init; } = Limits.DefaultMaxChatMessageBytes;

    /// <summary>
    /// <c>CONNECTIONS_QUEUE</c> and <c>MESSAGES_QUEUE</c>: names or URLs. A URL saves the look-up in a cold start.
    /// </summary>
    public RouteEventQueues Queues { get; init; } = new();

    /// <summary><c>ROOMS_TABLE</c>: the registry's table of memberships, which tells <c>onMessage</c> and others who is in a room.</summary>
    public string RoomsTable { get; init; } = RegistryTables.Rooms;

    /// <summary>
    /// <c>CONNECTIONS_TABLE</c>: the registry's table of connections, where <c>join</c> finds its result, and all find what a client speaks.
    /// </summary>
    public string ConnectionsTable { get; init; } = RegistryTables.Connections;

    /// <summary><c>RECENT_TABLE</c>: the table of the rooms' logs, which <c>history</c> reads, and <c>join</c> to tell where a log ends.</summary>
    public string RecentTable { get; init; } = RecentMessages.Table;

    /// <summary><c>HISTORY_MAX_MESSAGES</c>: how many messages an answer to <c>history</c> has at most, from 1 to 1,000; default 100.</summary>
    public int HistoryMaxMessages { get; init; } = 100;

    /// <summary>
    /// <c>MEMBERSHIP_PATIENCE_SECONDS</c>: how long <c>join</c> waits for its membership to be written before it assumes success, and how
    /// long a post of a new connection waits for a membership before it is refused. From 0 to 10 seconds, default 2. A worker writes
    /// memberships, usually within a tenth of a second; two seconds are for a busy one.
    /// </summary>
    public TimeSpan MembershipPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// <c>BANS_TABLE</c>: the table of bans, which <c>connect</c> looks into. Not set where an authorizer looks there before.
    /// </summary>
    public string? BansTable { get; init; }

    /// <summary>
    /// <c>MESSAGES_PER_SECOND</c>: how many messages a second somebody may send, from 1 to 10,000; the same as the fan-out's
    /// <c>Limits:MessagesPerSecond</c>, which enforces it. Here it only sheds what is far beyond.
    /// </summary>
    public int MessagesPerSecond { get; init; } = 10;

    /// <summary>
    /// <c>MESSAGES_BURST</c>: how many messages somebody may send at once, from 1 to 100,000; the same as the fan-out's <c>Limits:Burst</c>.
    /// </summary>
    public int MessagesBurst { get; init; } = 20;

    /// <summary><c>GUEST_KEY</c>: what the names of guests are made with; see <see cref="GuestId"/>.</summary>
    public string GuestKey { get; init; } = GuestId.DefaultKey;

    /// <exception cref="InvalidSettingException">The value of a variable is invalid.</exception>
    public static RouteSettings FromEnvironment(Func<string, string?> variable) => new()
    {
        CallbackEndpoint = CallbackEndpointIn(variable("CALLBACK_ENDPOINT")),
        MaxMessageBytes = IntegerIn(
            variable, "MAX_MESSAGE_BYTES", Limits.DefaultMaxChatMessageBytes, 1, Limits.MaxGatewayMessageBytes),
        RoomsTable = variable("ROOMS_TABLE") is { Length: > 0 } table ? table : RegistryTables.Rooms,
        ConnectionsTable = variable("CONNECTIONS_TABLE") is { Length: > 0 } connectionsTable ? connectionsTable : RegistryTables.Connections,
        RecentTable = variable("RECENT_TABLE") is { Length: > 0 } recentTable ? recentTable : RecentMessages.Table,
        HistoryMaxMessages = IntegerIn(variable, "HISTORY_MAX_MESSAGES", 100, 1, 1_000),
        MembershipPatience = TimeSpan.FromSeconds(IntegerIn(variable, "MEMBERSHIP_PATIENCE_SECONDS", 2, 0, 10)),
        MessagesPerSecond = IntegerIn(variable, "MESSAGES_PER_SECOND", 10, 1, 10_000),
        MessagesBurst = IntegerIn(variable, "MESSAGES_BURST", 20, 1, 100_000),
        BansTable = variable("BANS_TABLE") is { Length: > 0 } bansTable ? bansTable : null,
        GuestKey = variable("GUEST_KEY") is { Length: > 0 } guestKey ? guestKey : GuestId.DefaultKey,
        Queues = new RouteEventQueues
        {
            Connections = variable("CONNECTIONS_QUEUE") is { Length: > 0 } connections ? connections : QueueNames.Connections,
            Messages = variable("MESSAGES_QUEUE") is { Length: > 0 } messages ? messages : QueueNames.Messages,
        },
    };

    /// <summary>Where posts to the connections of a route's API go.</summary>
    internal string CallbackEndpointOf(RouteRequestContext context) => CallbackEndpoint ?? context.RequiredCallbackEndpoint;

    private static string? CallbackEndpointIn(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        return Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? value.TrimEnd('/')
            : throw new InvalidSettingException($"CALLBACK_ENDPOINT must be an http or https URL, but is {value}.");
    }

    private static int IntegerIn(Func<string, string?> variable, string name, int otherwise, int from, int to)
    {
        var value = variable(name);
        if (string.IsNullOrEmpty(value))
        {
            return otherwise;
        }

        return int.TryParse(value, out var number) && number >= from && number <= to
            ? number
            : throw new InvalidSettingException($"{name} must be from {from} to {to}, but is {value}.");
    }
}
