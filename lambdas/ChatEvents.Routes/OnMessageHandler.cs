using ChatEvents.Contracts;
using ChatEvents.Routes.Rooms;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes;

/// <summary>
/// <c>onMessage</c>: puts a chat message on its queue. In the plain dialect an accepted message gets no answer frame, because its sender hears
/// it like everybody else. If the queue does not take it, or the sender may not post it, the answer is an error.
/// </summary>
internal sealed class OnMessageHandler(
    RouteEventSender events, RoomMembers members, Speakers speakers, MessageRate rate, RouteSettings settings) : IRouteHandler
{
    public async Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        if (rate.Refusal(context) is { } refusal) return refusal;
        using var frame = Frame.Parse(request.Body, Actions.OnMessageExample);
        var speaker = await speakers.FindFirstAsync(frame, context, call);
        var chat = ChatFrame.Read(frame, speaker?.DataOf(frame), settings.MaxMessageBytes, hasUsers: context.Caller.IsKnown);
        RequireRight(chat, context.Caller);
        var frameId = speaker?.IdOf(frame);
        var messageId = context.RequiredMessageId;
        try
        {
            if (chat.To is null) await members.RequireAsync(chat.Room, context, call.Answering);
            var posted = PostedIn(chat, frameId, context);
            messageId = posted.MessageId;
            await events.SendAsync(ForReceiver(posted), call.Trace, call.Answering);
            call.Log.LogInformation($"Message {messageId} of connection {context.Sender} to {posted.Room} is on the queue.");
            return await SendCopyAsync(posted, canRepeat: frameId is not null, context, call) ?? Accepted(messageId);
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"Message {messageId} of connection {context.Sender} (request {context.RequestId}) "
                + $"did not reach the queue: {exception}");
            return RouteAnswer.Unavailable("The message was not accepted; send it again.");
        }
    }

    private static RouteAnswer Accepted(string messageId) => new(200)
    {
        Type = "accepted",
        Json = json => json.WriteString("messageId", messageId),
    };

    private MessagePosted PostedIn(ChatFrame chat, string? frameId, RouteRequestContext context)
    {
        var guest = context.Caller.User is null ? speakers.GuestOf(context) : null;
        return new()
        {
            MessageId = frameId is null
                ? context.RequiredMessageId
                : SentMessageId.Of(context.Caller.User, guest, context.RequiredConnectionId, frameId, settings.GuestKey),
            ConnectionId = context.RequiredConnectionId,
            Room = chat.Room,
            To = chat.To,
            User = context.Caller.User,
            Name = context.Caller.Name,
            Guest = guest,
            Message = chat.Message,
            Data = chat.Data,
            Shed = rate.TakeShed(context.RequiredConnectionId),
            PostedAt = context.RequiredRequestTime,
        };
    }

    private static void RequireRight(ChatFrame frame, Caller caller)
    {
        if (frame.To is null)
        {
            if (!caller.Post.Allow(frame.Room)) throw BadFrameException.Forbidden($"You may not post to the room {Quote.Of(frame.Room)}.");
            return;
        }

        // A reply needs a user to go to.
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
    /// <param name="posted">The message.</param>
    /// <param name="canRepeat">Whether it is still one message when it is sent again.</param>
    /// <param name="context">Of the call.</param>
    /// <param name="call">The call.</param>
    /// <returns>What its sender must be told; null when all is well.</returns>
    private async Task<RouteAnswer?> SendCopyAsync(MessagePosted posted, bool canRepeat, RouteRequestContext context, RouteCall call)
    {
        if (!HasCopy(posted)) return null;
        try
        {
            await events.SendAsync(posted with { Room = UserId.RoomOf(posted.User!), Shed = null }, call.Trace, call.Answering);
            return null;
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError($"The sender's copy of message {posted.MessageId} of connection {context.Sender} did not reach the queue: {exception}");
            return RouteAnswer.Unavailable(
                $"The message is on its way, but your own devices may not show it; {(canRepeat ? "send it again with the same id" : "do not send it again")}.");
        }
    }
}
