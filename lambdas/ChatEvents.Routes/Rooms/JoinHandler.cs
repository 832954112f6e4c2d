using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// <c>join</c>: answers when the registry has written the change, usually within a tenth of a second. Only the registry knows whether the
/// connection is in too many rooms already.
/// </summary>
internal sealed class JoinHandler(MembershipChange change, Speakers speakers, CallRate rate) : IRouteHandler
{
    public async Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        rate.RequireTurn(context.RequiredConnectionId);
        using var frame = Frame.Parse(request.Body, Actions.JoinExample);
        await speakers.FindFirstAsync(frame, context, call);
        var room = frame.RequiredRoom();

        // Every connection is in it already, so joining it is not an error.
        if (room == Room.Everyone) return await change.JoinedAsync(room, context, call);
        if (!context.Caller.Join.Allow(room)) throw BadFrameException.Forbidden($"You may not join the room {Quote.Of(room)}.");
        return await change.MakeAsync(context, room, isIn: true, call);
    }
}
