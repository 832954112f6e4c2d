using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Events;

namespace ChatEvents.LocalGateway.Integrations;

/// <summary>What happened on a connection, for the integration of its route.</summary>
/// <param name="RouteKey">The selected route.</param>
/// <param name="EventType"><c>CONNECT</c>, <c>MESSAGE</c> or <c>DISCONNECT</c>.</param>
/// <param name="Connection">The connection.</param>
/// <param name="Request">The ids and time of this event.</param>
/// <param name="Body">The message. Valid only until the first await.</param>
/// <param name="Http">The handshake of a CONNECT.</param>
/// <param name="MessageId">The id of a MESSAGE.</param>
/// <param name="Status">The close status of a DISCONNECT.</param>
internal readonly record struct RouteCall(
    string RouteKey,
    string EventType,
    ConnectionFacts Connection,
    RequestFacts Request,
    ReadOnlyMemory<byte> Body = default,
    ConnectRequest? Http = null,
    string? MessageId = null,
    WebSockets.CloseStatus Status = default);
