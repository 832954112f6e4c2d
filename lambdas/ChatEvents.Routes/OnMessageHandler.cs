using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;
using ChatEvents.Routes.Rooms;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes;

/// <summary>
/// <c>onMessage</c>: puts a chat message on its queue. An accepted message gets no answer frame, because its sender hears it like
/// everybody else. If the queue does not take it, or the sender is not in the room, the answer is an <see cref="ErrorFrame"/>.
/// </summary>
internal sealed class OnMessageHandler(RouteEventSender events, RoomMembers members, RouteSettings settings) : IRouteHandler
{
    public async Task<APIGatewayProxyResponse> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        var frame = ChatFrame.Read(request.Body, settings.MaxMessageBytes);
        var posted = new MessagePosted
        {
            MessageId = context.RequiredMessageId,
            ConnectionId = context.RequiredConnectionId,
            Room = frame.Room,
            Message = frame.Message,
            PostedAt = context.RequiredRequestTime,
        };
        try
        {
            await members.RequireAsync(posted.Room, context, call.Answering);
            await events.SendAsync(posted, call.Trace, call.Answering);
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"Message {posted.MessageId} of connection {posted.ConnectionId} (request {context.RequestId}) "
                + $"did not reach the queue: {exception}");
            return ErrorFrame.Answer(503, context.RequestId, "The message was not accepted; send it again.");
        }

        call.Log.LogInformation($"Message {posted.MessageId} of connection {posted.ConnectionId} to {posted.Room} is on the queue.");
        return new APIGatewayProxyResponse { StatusCode = 200 };
    }
}
