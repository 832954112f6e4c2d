using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes.Rooms;

/// <summary>The part that joining and leaving a room share.</summary>
internal static class MembershipChange
{
    /// <exception cref="BadFrameException">From <paramref name="afterwards"/>, which looks at the result of the change.</exception>
    public static async Task<APIGatewayProxyResponse> PublishAsync(
        RouteEventSender events,
        RouteSettings settings,
        RouteRequestContext context,
        string room,
        bool isIn,
        RouteCall call,
        Func<MembershipChanged, Task>? afterwards = null)
    {
        var changed = new MembershipChanged
        {
            ConnectionId = context.RequiredConnectionId,
            ConnectedAt = context.RequiredConnectedAt,
            CallbackEndpoint = settings.CallbackEndpointOf(context),
            Room = room,
            IsIn = isIn,
            ChangedAt = context.RequiredRequestTime,
            User = context.Caller.User,
            Name = context.Caller.Name,
            Guest = context.Caller.Guest,
            MayJoin = context.Caller.MayJoin,
            TokenExpiresAt = context.Caller.TokenExpiresAt,
            SourceAddress = context.Identity?.SourceIp,
        };
        var done = isIn ? "joined" : "left";
        try
        {
            await events.SendAsync(changed, call.Trace, call.Answering);
            if (afterwards is not null)
            {
                await afterwards(changed);
            }
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"That connection {context.Sender} {done} {room} (request {context.RequestId}) was not accepted: {exception}");
            return ErrorFrame.Answer(503, context.RequestId, $"The {(isIn ? "join" : "leave")} was not accepted; send it again.");
        }

        call.Log.LogInformation($"That connection {context.Sender} {done} {room} is on the queue.");
        return Answer(done, room, context);
    }

    public static APIGatewayProxyResponse Answer(string done, string room, RouteRequestContext context) =>
        AnswerFrame.Of(200, context.RequestId, json => json.WriteString(done, room));
}
