using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;
using ChatEvents.Routes.Rooms;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes;

/// <summary>
/// <c>onMessage</c>: puts a chat message on its queue. An accepted message gets no answer frame, because its sender hears it like
/// everybody else. If the queue does not take it, or the sender may not post it, the answer is an <see cref="ErrorFrame"/>.
/// </summary>
internal sealed class OnMessageHandler(RouteEventSender events, RoomMembers members, RouteSettings settings) : IRouteHandler
{
    public async Task<APIGatewayProxyResponse> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        var frame = ChatFrame.Read(request.Body, settings.MaxMessageBytes, hasUsers: context.Caller.IsKnown);
        RequireRight(frame, context.Caller);
        var posted = new MessagePosted
        {
            MessageId = context.RequiredMessageId,
            ConnectionId = context.RequiredConnectionId,
            Room = frame.Room,
            To = frame.To,
            User = context.Caller.User,
            Name = context.Caller.Name,
            Guest = context.Caller.User is null
                ? context.Caller.Guest ?? GuestId.OfConnection(context.RequiredConnectionId, settings.GuestKey)
                : null,
            Message = frame.Message,
            PostedAt = context.RequiredRequestTime,
        };
        try
        {
            if (posted.To is null) await members.RequireAsync(posted.Room, context, call.Answering);
            await events.SendAsync(ForReceiver(posted), call.Trace, call.Answering);
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"Message {posted.MessageId} of connection {context.Sender} (request {context.RequestId}) "
                + $"did not reach the queue: {exception}");
            return ErrorFrame.Answer(503, context.RequestId, "The message was not accepted; send it again.");
        }

        call.Log.LogInformation($"Message {posted.MessageId} of connection {context.Sender} to {posted.Room} is on the queue.");
        return await SendCopyAsync(posted, context, call) ?? new APIGatewayProxyResponse { StatusCode = 200 };
    }

    private static void RequireRight(ChatFrame frame, Caller caller)
    {
        if (frame.To is null)
        {
            if (!caller.Post.Allow(frame.Room)) throw BadFrameException.Forbidden($"You may not post to the room {Quote.Of(frame.Room)}.");
            return;
        }

        // An answer needs somebody to be answered.
        if (caller.User is null) throw BadFrameException.Forbidden("Only a user can write to a user; connect with a token.");
        if (!caller.Post.Allow($"{Room.UserMark}{frame.To}"))
        {
            throw BadFrameException.Forbidden($"You may not write to the user {Quote.Of(frame.To)}.");
        }
    }

    private static bool HasCopy(MessagePosted posted) => posted.To is not null && posted.To != posted.User;

    /// <summary>
    /// The two events of a direct message are two messages to SQS and to the fan-out, so that each has an id; the sender's own hears the
    /// one that the frame has.
    /// </summary>
    private static MessagePosted ForReceiver(MessagePosted posted) =>
        HasCopy(posted) ? posted with { MessageId = $"{posted.MessageId}.to" } : posted;

    /// <summary>Has all devices of a direct message's sender hear it too.</summary>
    /// <returns>What its sender must be told; null when all is well.</returns>
    private async Task<APIGatewayProxyResponse?> SendCopyAsync(MessagePosted posted, RouteRequestContext context, RouteCall call)
    {
        if (!HasCopy(posted)) return null;
        try
        {
            await events.SendAsync(posted with { Room = UserId.RoomOf(posted.User!) }, call.Trace, call.Answering);
            return null;
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError($"The sender's copy of message {posted.MessageId} of connection {context.Sender} did not reach the queue: {exception}");
            return ErrorFrame.Answer(
                503, context.RequestId, "The message is on its way, but your own devices may not show it; do not send it again.");
        }
    }
}
