using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Data;

namespace ChatEvents.Deploy.Routes;

/// <summary>A route of the WebSocket API and the function behind it.</summary>
/// <param name="Key">Route key: the client's <c>action</c>, or one of API Gateway's own.</param>
/// <param name="Handler">The function's handler.</param>
/// <param name="Answers">Whether the handler's answer is sent to the client as a frame.</param>
/// <param name="Publishes">The queue that the handler sends to; null for none.</param>
/// <param name="QueueVariable">The environment variable that names the queue for the handler.</param>
/// <param name="Rooms">The calls that the handler may make on the table of memberships; null for none.</param>
/// <param name="Bans">What the handler may do with the table of bans, call by call; null for nothing.</param>
/// <param name="Connections">The calls that the handler may make on the table of connections; null for none.</param>
/// <param name="Share">
/// The share of the stage's messages that the route may take, because its handler waits or reads a room; null for all of them.
/// </param>
/// <param name="IsReserved">Whether its function gets the reserved concurrency, which other functions cannot use up.</param>
/// <param name="NamesGuests">Whether the handler makes names of guests.</param>
/// <param name="Recent">The calls that the handler may make on the table of the rooms' logs; null for none.</param>
public sealed record Route(
    string Key,
    string Handler,
    bool Answers,
    Func<ChatQueues, QueueWithDeadLetters>? Publishes = null,
    string QueueVariable = "",
    string[]? Rooms = null,
    string[]? Bans = null,
    string[]? Connections = null,
    double? Share = null,
    bool IsReserved = false,
    bool NamesGuests = false,
    string[]? Recent = null)
{
    private const string Get = "dynamodb:GetItem", Query = "dynamodb:Query";

    /// <summary>The routes of every chat.</summary>
    public static IReadOnlyList<Route> OfEverybody { get; } =
    [
        new("$connect", "connect", Answers: false, queues => queues.Connections, "CONNECTIONS_QUEUE", Bans: [Get], IsReserved: true, NamesGuests: true),
        new("$disconnect", "disconnect", Answers: false, queues => queues.Connections, "CONNECTIONS_QUEUE", IsReserved: true),
        new("onMessage", "onMessage", Answers: true, queues => queues.Messages, "MESSAGES_QUEUE", [Get], Connections: [Get], NamesGuests: true),
        new("join", "join", Answers: true, queues => queues.Connections, "CONNECTIONS_QUEUE", Connections: [Get], Share: 0.25, Recent: [Query]),
        new("leave", "leave", Answers: true, queues => queues.Connections, "CONNECTIONS_QUEUE", Connections: [Get], Share: 0.25),
        new("who", "who", Answers: true, null, "", [Get, Query], Connections: [Get], Share: 0.1, NamesGuests: true),
        new("history", "history", Answers: true, null, "", [Get], Connections: [Get], Share: 0.1, Recent: [Query]),
        new("remove", "remove", Answers: true, queues => queues.Messages, "MESSAGES_QUEUE", [Get], Connections: [Get], Share: 0.1, NamesGuests: true),
        new("hello", "default", Answers: true, Connections: [Get], NamesGuests: true),
        new("ping", "default", Answers: true, Connections: [Get], NamesGuests: true),
        new("$default", "default", Answers: true, Connections: [Get], NamesGuests: true),
    ];

    /// <summary>The routes of moderators, whom only tokens make. Without tokens, such a frame is answered as any that fits no route.</summary>
    public static IReadOnlyList<Route> OfModerators { get; } = [.. ((string[])["disconnect", "ban", "unban"]).Select(key =>
        new Route(key, "moderate", Answers: true, queues => queues.Connections, "CONNECTIONS_QUEUE", Connections: [Get], Share: 0.1))];

    /// <summary>Its name among the constructs: that of its function, which several routes may share.</summary>
    public string Id => Key.TrimStart('$') == Handler ? Handler : $"{Handler}-{Key}";

    public static IReadOnlyList<Route> Of(AuthConfig auth) => auth.HasAuthorizer ? [.. OfEverybody, .. OfModerators] : OfEverybody;
}
