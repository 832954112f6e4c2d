using ChatEvents.Contracts;
using ChatEvents.Routes.Rooms;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes.Moderating;

/// <summary>
/// <c>disconnect</c>, <c>ban</c> and <c>unban</c>, of moderators: puts the request on its queue. The registry carries it out if its own
/// table also says that the sender is a moderator, and answers over the connection; only errors are answered here.
/// </summary>
internal sealed class ModerateHandler(RouteEventSender events, Speakers speakers, CallRate rate) : IRouteHandler
{
    public async Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        var action = context.RouteKey ?? throw RouteRequestContext.Lacks("requestContext.routeKey");
        rate.RequireTurn(context.RequiredConnectionId);
        using var read = Frame.Parse(request.Body, ModerationFrame.ExampleOf(action));
        var speaker = await speakers.FindFirstAsync(read, context, call);
        var frame = ModerationFrame.Read(read, action);
        if (context.Caller is not { Role: Roles.Moderator, User: { } moderator })
        {
            throw BadFrameException.Forbidden($"Only a moderator can {frame.Action} somebody.");
        }

        // It would end the connection over which it could be undone.
        if (frame.User == moderator)
            throw new BadFrameException($"You cannot {frame.Action} yourself.", expected: null, ErrorCode.Forbidden);
        var asked = new ModerationAsked
        {
            ConnectionId = context.RequiredConnectionId,
            User = moderator,
            Act = frame.Act,
            TargetUser = frame.User,
            TargetGuest = frame.Guest,
            AskedAt = context.RequiredRequestTime,
            Until = frame.Act == ModerationAct.Ban ? context.RequiredRequestTime.AddMinutes(frame.Minutes) : null,
            RequestId = context.RequestId,
            FrameId = speaker?.IdOf(read),
        };
        try
        {
            await events.SendAsync(asked, call.Trace, call.Answering);
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"A {frame.Action} by connection {context.Sender} (request {context.RequestId}) did not reach the queue: {exception}");
            return RouteAnswer.Unavailable($"The {frame.Action} was not accepted; send it again.");
        }

        call.Log.LogInformation(
            $"A {frame.Action} of {Quote.Of(frame.User ?? frame.Guest!)} by connection {context.Sender} is on the queue.");
        return RouteAnswer.Silent;
    }
}
