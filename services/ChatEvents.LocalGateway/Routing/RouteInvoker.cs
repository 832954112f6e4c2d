using ChatEvents.LocalGateway.Authorization;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Events;
using ChatEvents.LocalGateway.Functions;
using ChatEvents.LocalGateway.Limits;
using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Routing;

/// <summary>Invokes the functions of routes for connects, messages and disconnects, and turns their answers into frames.</summary>
internal sealed class RouteInvoker(
    ApiFacts api,
    RouteTable routes,
    ConnectAuthorizer? authorizer,
    Invoker invoker,
    AccountThrottle throttle,
    FaultInjector faults,
    Ids ids,
    TimeProvider time,
    ILogger log)
{
    /// <summary>Throttle, authorizer and <c>$connect</c>, in this order; the facts come back with what the authorizer added.</summary>
    public async Task<(ConnectDecision Decision, ConnectionFacts Facts)> ConnectAsync(ConnectionFacts connection, ConnectRequest http)
    {
        if (!throttle.AllowsConnect())
            return (ConnectDecision.Throttled, connection);
        if (authorizer is not null)
        {
            (var refusal, connection) = await authorizer.DecideAsync(connection, http);
            if (refusal is { } refused)
                return (refused, connection);
        }

        if (routes.Connect is not { } route)
            return (ConnectDecision.Accepted, connection);
        var result = await InvokeAsync(route, connection, ConnectEvent.Build(api, connection, NewRequest(), http));
        return (Decide(result), connection);
    }

    /// <summary>Copies what it needs of <paramref name="body"/> before it returns its task.</summary>
    public Task MessageAsync(OpenConnection connection, ReadOnlyMemory<byte> body)
    {
        var request = NewRequest();
        if (!throttle.AllowsRequest())
        {
            log.MessageThrottled(connection.Facts.Id, body.Length);
            connection.Send(GatewayFrames.Error("Too Many Requests", connection.Facts.Id, request.RequestId));
            return Task.CompletedTask;
        }

        if (routes.Select(body) is not { } route)
        {
            log.MessageForbidden(connection.Facts.Id, body.Length);
            connection.Send(GatewayFrames.Error("Forbidden", connection.Facts.Id, request.RequestId));
            return Task.CompletedTask;
        }

        log.MessageRouted(connection.Facts.Id, body.Length, route.Key);
        var payload = MessageEvent.Build(api, connection.Facts, request, route.Key, ids.NewGatewayId(), body);
        return InvokeForMessageAsync(connection, route, request, payload);
    }

    public async Task DisconnectAsync(ConnectionFacts connection, CloseStatus status)
    {
        if (routes.Disconnect is not { } route)
            return;
        if (faults.DropsDisconnect)
            log.DisconnectDropped(connection.Id);
        else
            await InvokeAsync(route, connection, DisconnectEvent.Build(api, connection, NewRequest(), status));
    }

    private static ConnectDecision Decide(InvocationResult result) => result.Outcome switch
    {
        InvocationOutcome.TimedOut => ConnectDecision.IntegrationTimedOut(result.Error!.ToString()),
        InvocationOutcome.Failed => ConnectDecision.IntegrationFailed(result.Error!.ToString()),
        _ when ProxyResponse.Parse(result.Payload) is { } answer => ConnectDecision.ByFunction(answer.StatusCode, answer.Subprotocol),
        _ => ConnectDecision.IntegrationFailed("the function's answer is not a proxy response"),
    };

    private async Task InvokeForMessageAsync(OpenConnection connection, Route route, RequestFacts request, byte[] payload)
    {
        var result = await InvokeAsync(route, connection.Facts, payload);
        var answer = result.Outcome == InvocationOutcome.Returned ? ProxyResponse.Parse(result.Payload) : null;
        if (answer is null)
        {
            if (result.Outcome == InvocationOutcome.Returned)
                log.IntegrationFailed(connection.Facts.Id, route.Key, route.Function.Name, "the answer is not a proxy response");
            connection.Send(GatewayFrames.Error("Internal server error", connection.Facts.Id, request.RequestId));
        }
        else if (route.HasRouteResponse && !string.IsNullOrEmpty(answer.Body))
        {
            connection.Send(OutboundFrame.Text(answer.Body));
        }
    }

    private Task<InvocationResult> InvokeAsync(Route route, ConnectionFacts connection, byte[] payload) =>
        invoker.InvokeAsync(route.Function, route.Key, connection.Id, payload);

    private RequestFacts NewRequest() => new(ids.NewGatewayId(), time.GetUtcNow());
}
