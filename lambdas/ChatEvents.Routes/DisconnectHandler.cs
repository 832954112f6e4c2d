using ChatEvents.Contracts;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes;

/// <summary>
/// <c>$disconnect</c>: nobody reads its answer, so a failure is thrown, which makes it an error in the function's log and metrics.
/// The row is then removed when a post to the connection is answered 410, or when its time to live ends.
/// </summary>
internal sealed class DisconnectHandler(RouteEventSender events) : IRouteHandler
{
    public async Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        var closed = new ConnectionClosed
        {
            ConnectionId = context.RequiredConnectionId,
            ClosedAt = context.RequiredRequestTime,
            Because = ClosedBecause.Disconnected,
            User = context.Caller.User,
            StatusCode = context.DisconnectStatusCode,
            Reason = context.DisconnectReason,
        };
        await events.SendAsync(closed, call.Trace, call.Answering);
        call.Log.LogInformation($"Connection {context.Sender} is closed: {closed.StatusCode} {Quote.Of(closed.Reason ?? "")}.");
        return RouteAnswer.Silent;
    }
}
