using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.Routes;

/// <summary>
/// What can be set for the route functions. On Lambda each is an environment variable: reading a configuration file would cost every
/// cold start.
/// </summary>
public sealed record RouteSettings
{
    /// <summary>
    /// <c>CALLBACK_ENDPOINT</c>: where the connections of this API are posted to, without <c>/@connections</c>. By default
    /// <c>https://{domainName}/{stage}</c> of the event, which is right unless the API has a custom domain or runs locally.
    /// </summary>
    public string? CallbackEndpoint { get; init; }

    /// <summary>
    /// <c>MAX_MESSAGE_BYTES</c>: the longest chat message, in bytes of UTF-8, from 1 to <see cref="Limits.MaxGatewayMessageBytes"/>.
    /// </summary>
    public int MaxMessageBytes { get; init; } = Limits.DefaultMaxChatMessageBytes;

    /// <summary>
    /// <c>CONNECTIONS_QUEUE</c> and <c>MESSAGES_QUEUE</c>: names, or the URLs, which saves a cold start the look-up.
    /// </summary>
    public RouteEventQueues Queues { get; init; } = new();

    /// <summary><c>ROOMS_TABLE</c>: the registry's table of memberships, which <c>onMessage</c> and <c>who</c> look into.</summary>
    public string RoomsTable { get; init; } = RegistryTables.Rooms;

    /// <summary><c>CONNECTIONS_TABLE</c>: the registry's table of connections, in which <c>join</c> looks for what has become of it.</summary>
    public string ConnectionsTable { get; init; } = RegistryTables.Connections;

    /// <summary>
    /// <c>MEMBERSHIP_PATIENCE_SECONDS</c>: how long a join is waited for to be written before it is taken for granted, and the membership
    /// of a connection that has just come before its sender is told that there is none, from 0 to 10 seconds. Both are written by a worker,
    /// usually within a tenth of a second; two are for one that is busy.
    /// </summary>
    public TimeSpan MembershipPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <exception cref="InvalidSettingException">A variable is set to something that makes no sense.</exception>
    public static RouteSettings FromEnvironment(Func<string, string?> variable) => new()
    {
        CallbackEndpoint = CallbackEndpointIn(variable("CALLBACK_ENDPOINT")),
        MaxMessageBytes = IntegerIn(
            variable, "MAX_MESSAGE_BYTES", Limits.DefaultMaxChatMessageBytes, 1, Limits.MaxGatewayMessageBytes),
        RoomsTable = variable("ROOMS_TABLE") is { Length: > 0 } table ? table : RegistryTables.Rooms,
        ConnectionsTable = variable("CONNECTIONS_TABLE") is { Length: > 0 } connectionsTable ? connectionsTable : RegistryTables.Connections,
        MembershipPatience = TimeSpan.FromSeconds(IntegerIn(variable, "MEMBERSHIP_PATIENCE_SECONDS", 2, 0, 10)),
        Queues = new RouteEventQueues
        {
            Connections = variable("CONNECTIONS_QUEUE") is { Length: > 0 } connections ? connections : QueueNames.Connections,
            Messages = variable("MESSAGES_QUEUE") is { Length: > 0 } messages ? messages : QueueNames.Messages,
        },
    };

    /// <summary>Where the connections of a route's API are posted to.</summary>
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
