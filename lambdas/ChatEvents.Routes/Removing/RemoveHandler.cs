using ChatEvents.Contracts;
using ChatEvents.Routes.Rooms;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes.Removing;

/// <summary>
/// <c>remove</c>: puts the request on the queue of its room, behind the message. The fan-out carries it out if the message is of the same
/// sender, or the client is a moderator, and answers over the connection; only errors are answered here.
/// </summary>
internal sealed class RemoveHandler(
    RouteEventSender events, RoomMembers members, Speakers speakers, CallRate rate, RouteSettings settings) : IRouteHandler
{
    public async Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        rate.RequireTurn(context.RequiredConnectionId);
        using var frame = Frame.Parse(request.Body, Actions.RemoveExample);
        var speaker = await speakers.FindNowAsync(frame, context, call);
        var ownRoom = context.Caller.OwnRoom;
        var room = frame.RoomOrEveryone(ownRoom);
        var seq = frame.OptionalNumber("seq", 1, RecentMessages.MaxSeq)
            ?? throw new BadFrameException("The frame has no seq.", Actions.RemoveExample);
        var epoch = frame.OptionalText("epoch");
        if (epoch is not null && !RecentMessages.IsEpoch(epoch))
            throw new BadFrameException($"{Quote.Of(epoch)} is not an epoch.", Actions.RemoveExample);
        var removed = new MessageRemoved
        {
            ConnectionId = context.RequiredConnectionId,
            CallbackEndpoint = settings.CallbackEndpointOf(context),
            Dialect = speaker.Dialect,
            Room = room,
            Seq = seq,
            Epoch = epoch,
            User = context.Caller.User,
            Guest = context.Caller.User is null ? speakers.GuestOf(context) : null,
            IsModerator = context.Caller.Role == Roles.Moderator,
            RequestId = context.RequestId ?? throw RouteRequestContext.Lacks("requestContext.requestId"),
            FrameId = speaker.IdOf(frame),
            RemovedAt = context.RequiredRequestTime,
        };
        try
        {
            // A moderator need not be there to be needed there.
            if (room != ownRoom && !removed.IsModerator) await members.RequireAsync(room, context, call.Answering);
            await events.SendAsync(removed, call.Trace, call.Answering);
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"The removal of {seq} in {room} by connection {context.Sender} (request {context.RequestId}) did not reach the queue: {exception}");
            return RouteAnswer.Unavailable("The removal was not accepted; send it again.");
        }

        call.Log.LogInformation($"The removal of {seq} in {room} by connection {context.Sender} is on the queue.");
        return RouteAnswer.Silent;
    }
}
