using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes;

/// <summary>
/// <c>$connect</c>: accepts the handshake only when the event is on its queue. A connection that the registry never hears of would be
/// open but would receive nothing.
/// </summary>
/// <remarks>
/// No sub-protocol is supported, so none is echoed. A client that offers one is connected anyway; a browser then closes the connection
/// by itself, as the WebSocket standard requires.
/// </remarks>
internal sealed class ConnectHandler(RouteEventSender events, RouteSettings settings) : IRouteHandler
{
    public async Task<APIGatewayProxyResponse> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        var connectionId = context.RequiredConnectionId;
        var rooms = RoomsIn(request);
        if (RefusalOf(rooms) is { } refusal)
        {
            call.Log.LogWarning($"Refused connection {connectionId} from {context.Identity?.SourceIp}: {refusal}");
            return new APIGatewayProxyResponse { StatusCode = 400 };
        }

        var opened = new ConnectionOpened
        {
            ConnectionId = connectionId,
            ConnectedAt = context.RequiredConnectedAt,
            CallbackEndpoint = settings.CallbackEndpointOf(context),
            Rooms = rooms,
            User = context.User,
            SourceAddress = context.Identity?.SourceIp,
        };
        try
        {
            await events.SendAsync(opened, call.Trace, call.Answering);
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError($"Refused connection {connectionId}, because its event did not reach the queue: {exception}");
            return new APIGatewayProxyResponse { StatusCode = 503 };
        }

        call.Log.LogInformation(
            $"Connection {connectionId} from {opened.SourceAddress} is open in {string.Join(", ", [Room.Everyone, .. rooms])}.");
        return new APIGatewayProxyResponse { StatusCode = 200 };
    }

    private static List<string> RoomsIn(RouteRequest request) =>
        request.MultiValueQueryStringParameters?.TryGetValue("room", out var names) == true
            ? [.. names.Distinct().Where(name => name != Room.Everyone)]
            : [];

    private static string? RefusalOf(List<string> rooms)
    {
        if (rooms.Count > Room.MaxPerConnection)
        {
            return $"it asks for {rooms.Count} rooms, but at most {Room.MaxPerConnection} are allowed.";
        }

        return rooms.Find(name => !Room.IsName(name)) is { } bad ? $"{Quote.Of(bad)} is not the name of a room." : null;
    }
}
