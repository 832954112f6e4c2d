using ChatEvents.Contracts;
using ChatEvents.Routes.Rooms;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes;

/// <summary>
/// <c>$connect</c>: accepts the handshake only when the event is on its queue. A connection that the registry never hears of would be
/// open but would receive nothing.
/// </summary>
/// <remarks>
/// Of the sub-protocols only the name of a dialect is echoed. A client that offers others is connected anyway; a browser then closes the
/// connection by itself, as the WebSocket standard requires.
/// </remarks>
internal sealed class ConnectHandler(
    RouteEventSender events, BanList bans, SpeakerCache speakers, RefusedFrames refused, RouteSettings settings) : IRouteHandler
{
    public async Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        var connectionId = context.RequiredConnectionId;
        if (refused.AreTooManyFrom(context.AddressOrEmpty))
        {
            if (refused.IsNewsOf(context.AddressOrEmpty))
                call.Log.LogWarning($"Refuses connections from {context.AddressOrEmpty}: too many frames from there were refused.");
            return new RouteAnswer(429);
        }

        var rooms = RoomsIn(request);
        if (RefusalOf(rooms, context.Caller) is var (status, refusal))
        {
            call.Log.LogWarning($"Refused connection {context.Sender} from {context.Identity?.SourceIp}: {refusal}");
            return new RouteAnswer(status);
        }

        var dialect = context.Caller.Dialect ?? Subprotocol.DialectOf(request.Subprotocols, ValuesOf(request, Subprotocol.Parameter));
        var opened = new ConnectionOpened
        {
            ConnectionId = connectionId,
            ConnectedAt = context.RequiredConnectedAt,
            CallbackEndpoint = settings.CallbackEndpointOf(context),
            Rooms = rooms,
            User = context.Caller.User,
            Name = context.Caller.Name,
            Guest = context.Caller.Guest ?? GuestOf(request, dialect),
            MayJoin = context.Caller.MayJoin,
            Role = context.Caller.Role,
            TokenExpiresAt = context.Caller.TokenExpiresAt,
            SourceAddress = context.Identity?.SourceIp,
            Dialect = dialect,
        };
        var failed = "the bans could not be read";
        try
        {
            if (await bans.EndOfBanAsync(opened.User, opened.SourceAddress, call.Answering) is { } end)
            {
                call.Log.LogWarning($"Refused connection {context.Sender} from {opened.SourceAddress}: banned until {end:u}.");
                return new RouteAnswer(403);
            }

            failed = "its event did not reach the queue";
            await events.SendAsync(opened, call.Trace, call.Answering);
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError($"Refused connection {context.Sender}, because {failed}: {exception}");
            return new RouteAnswer(503);
        }

        // Where one process serves all functions, its frames need not look for the row, which the registry has not written yet.
        speakers.Remember(connectionId, new Speaker(dialect, opened.Guest), isCertain: true);
        call.Log.LogInformation(
            $"Connection {context.Sender} from {opened.SourceAddress} is open in {string.Join(", ", [Room.Everyone, .. rooms])}.");
        return RouteAnswer.Silent with { Headers = Subprotocol.Answer(dialect, request.Subprotocols) };
    }

    /// <summary>
    /// The name of a client that names itself, where no authorizer has given it one. A client of the plain dialect has the name of its
    /// connection, as ever.
    /// </summary>
    private string? GuestOf(RouteRequest request, Dialect dialect) =>
        dialect == Dialect.Json && !request.RequiredContext.Caller.IsKnown
        && ValuesOf(request, "client") is [var client] && GuestId.IsClient(client)
            ? GuestId.OfClient(client, settings.GuestKey)
            : null;

    private static List<string> RoomsIn(RouteRequest request) =>
        [.. ValuesOf(request, "room").Distinct().Where(name => name != Room.Everyone)];

    private static IReadOnlyList<string> ValuesOf(RouteRequest request, string parameter) =>
        request.MultiValueQueryStringParameters?.TryGetValue(parameter, out var values) == true ? [.. values] : [];

    private static (int Status, string Reason)? RefusalOf(List<string> rooms, Caller caller)
    {
        if (rooms.Count > Room.MaxPerConnection)
        {
            return (400, $"it asks for {rooms.Count} rooms, but at most {Room.MaxPerConnection} are allowed.");
        }

        if (rooms.Find(name => !Room.IsName(name)) is { } bad) return (400, $"{Quote.Of(bad)} is not the name of a room.");
        return rooms.Find(name => !caller.Join.Allow(name)) is { } closed ? (403, $"its token does not open {Quote.Of(closed)}.") : null;
    }
}
