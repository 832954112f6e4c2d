using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Events;
using ChatEvents.LocalGateway.Functions;
using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Routing;

/// <summary>Turns what happens on connections into invocations of the routes' functions, and their answers into frames.</summary>
internal sealed class RouteInvoker(
    ApiFacts api, RouteTable routes, LimitOptions limits, Ids ids, TimeProvider time, ILogger log, CancellationToken abandoning)
{
    /// <summary>The invocations that run now; a stopping gateway waits for them.</summary>
    public InFlight InFlight { get; } = new();

    public async Task<ConnectDecision> ConnectAsync(ConnectionFacts connection, ConnectRequest http)
    {
        if (routes.Connect is not { } route)
            return ConnectDecision.Accepted;
        var result = await InvokeAsync(route, connection, ConnectEvent.Build(api, connection, NewRequest(), http));
        return result.Outcome switch
        {
            InvocationOutcome.TimedOut => ConnectDecision.IntegrationTimedOut(result.Error!),
            InvocationOutcome.Failed => ConnectDecision.IntegrationFailed(result.Error!),
            _ when ProxyResponse.Parse(result.Payload) is { } answer => ConnectDecision.ByFunction(answer.StatusCode, answer.Subprotocol),
            _ => ConnectDecision.IntegrationFailed("the function's answer is not a proxy response"),
        };
    }

    /// <summary>Copies what it needs of <paramref name="body"/> before it returns its task.</summary>
    public Task MessageAsync(Connection connection, ReadOnlyMemory<byte> body)
    {
        var request = NewRequest();
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
        if (routes.Disconnect is { } route)
            await InvokeAsync(route, connection, DisconnectEvent.Build(api, connection, NewRequest(), status));
    }

    private async Task InvokeForMessageAsync(Connection connection, Route route, RequestFacts request, byte[] payload)
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
            connection.Send(GatewayFrames.Response(answer.Body));
        }
    }

    private async Task<InvocationResult> InvokeAsync(Route route, ConnectionFacts connection, byte[] payload)
    {
        using var running = InFlight.Begin();
        using var timeout = new CancellationTokenSource(limits.IntegrationTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, abandoning);
        InvocationResult result;
        try
        {
            result = await route.Function.InvokeAsync(payload, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            result = InvocationResult.TimedOut(limits.IntegrationTimeout);
        }
        catch (OperationCanceledException) when (abandoning.IsCancellationRequested)
        {
            result = InvocationResult.Failed("the gateway is stopping");
        }

        if (result.Error is { } error)
            log.IntegrationFailed(connection.Id, route.Key, route.Function.Name, error);
        return result;
    }

    private RequestFacts NewRequest() => new(ids.NewGatewayId(), time.GetUtcNow());
}
