using ChatEvents.Deploy.Data;

namespace ChatEvents.Deploy.Routes;

/// <summary>A route of the WebSocket API and the function behind it.</summary>
/// <param name="Key">Route key: the client's <c>action</c>, or one of API Gateway's own.</param>
/// <param name="Handler">The function's handler.</param>
/// <param name="Answers">Whether the handler's answer is sent to the client as a frame.</param>
/// <param name="Publishes">The queue that the handler sends to; null for none.</param>
/// <param name="QueueVariable">The environment variable that names the queue for the handler.</param>
/// <param name="Rooms">The calls that the handler may make on the table of memberships; null for none.</param>
/// <param name="Connections">The calls that the handler may make on the table of connections; null for none.</param>
public sealed record Route(
    string Key,
    string Handler,
    bool Answers,
    Func<ChatQueues, QueueWithDeadLetters>? Publishes = null,
    string QueueVariable = "",
    string[]? Rooms = null,
    string[]? Connections = null)
{
    public static IReadOnlyList<Route> All { get; } =
    [
        new("$connect", "connect", Answers: false, queues => queues.Connections, "CONNECTIONS_QUEUE"),
        new("$disconnect", "disconnect", Answers: false, queues => queues.Connections, "CONNECTIONS_QUEUE"),
        new("onMessage", "onMessage", Answers: true, queues => queues.Messages, "MESSAGES_QUEUE", ["dynamodb:GetItem"]),
        new("join", "join", Answers: true, queues => queues.Connections, "CONNECTIONS_QUEUE", Connections: ["dynamodb:GetItem"]),
        new("leave", "leave", Answers: true, queues => queues.Connections, "CONNECTIONS_QUEUE"),
        new("who", "who", Answers: true, Rooms: ["dynamodb:GetItem", "dynamodb:Query"]),
        new("$default", "default", Answers: true),
    ];
}
