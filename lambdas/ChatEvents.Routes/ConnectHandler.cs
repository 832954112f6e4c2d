using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes;

/// <summary>
/// <c>$connect</c>: accepts the handshake only when the event is on its queue. A connection that the registry never hears of would be
/// open but would receive nothing.
/// </summary>
/// <remarks>
/// Of the sub-protocols only <see cref="Subprotocol.Plain"/> is echoed. A client that offers others is connected anyway; a browser then
/// closes the connection by itself, as the WebSocket standard requires.
/// </remarks>
internal sealed class ConnectHandler(RouteEventSender events, BanList bans, RouteSettings settings) : IRouteHandler
{
    public async Task<APIGatewayProxyResponse> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        var connectionId = context.RequiredConnectionId;
        var rooms = RoomsIn(request);
        if (RefusalOf(rooms, context.Caller) is var (status, refusal))
        {
            call.Log.LogWarning($"Refused connection {context.Sender} from {context.Identity?.SourceIp}: {refusal}");
            return new APIGatewayProxyResponse { StatusCode = status };
        }

        var opened = new ConnectionOpened
        {
            ConnectionId = connectionId,
            ConnectedAt = context.RequiredConnectedAt,
            CallbackEndpoint = settings.CallbackEndpointOf(context),
            Rooms = rooms,
            User = context.Caller.User,
            Name = context.Caller.Name,
            Guest = context.Caller.Guest,
            MayJoin = context.Caller.MayJoin,
            TokenExpiresAt = context.Caller.TokenExpiresAt,
            SourceAddress = context.Identity?.SourceIp,
        };
        var failed = "the bans could not be read";
        try
        {
            if (await bans.EndOfBanAsync(opened.User, opened.SourceAddress, call.Answering) is { } end)
            {
                call.Log.LogWarning($"Refused connection {context.Sender} from {opened.SourceAddress}: banned until {end:u}.");
                return new APIGatewayProxyResponse { StatusCode = 403 };
            }

            failed = "its event did not reach the queue";
            await events.SendAsync(opened, call.Trace, call.Answering);
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError($"Refused connection {context.Sender}, because {failed}: {exception}");
            return new APIGatewayProxyResponse { StatusCode = 503 };
        }

        call.Log.LogInformation(
            $"Connection {context.Sender} from {opened.SourceAddress} is open in {string.Join(", ", [Room.Everyone, .. rooms])}.");
        return new APIGatewayProxyResponse { StatusCode = 200, Headers = Subprotocol.Answer(request.Subprotocols) };
    }

    private static List<string> RoomsIn(RouteRequest request) =>
        request.MultiValueQueryStringParameters?.TryGetValue("room", out var names) == true
            ? [.. names.Distinct().Where(name => name != Room.Everyone)]
            : [];

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
