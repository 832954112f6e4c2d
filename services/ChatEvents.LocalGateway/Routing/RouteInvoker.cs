using System.Text;
using ChatEvents.LocalGateway.Authorization;
using ChatEvents.LocalGateway.Bills;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Events;
using ChatEvents.LocalGateway.Functions;
using ChatEvents.LocalGateway.Integrations;
using ChatEvents.LocalGateway.Limits;
using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Routing;

/// <summary>Invokes the integrations of routes for connects, messages and disconnects, and turns their answers into frames.</summary>
internal sealed class RouteInvoker(
    RouteTable routes,
    ConnectAuthorizer? authorizer,
    ApiKeyCheck apiKeys,
    int messageLimit,
    AccountThrottle throttle,
    FaultInjector faults,
    Ledger ledger,
    Ids ids,
    TimeProvider time,
    ILogger log)
{
    // The routes whose discarded bodies were told of.
    private readonly HashSet<string> _discarding = [];

    /// <summary>Throttle, API key, authorizer and <c>$connect</c>, in this order; the facts come back with the authorizer's context.</summary>
    public async Task<(ConnectDecision Decision, ConnectionFacts Facts)> ConnectAsync(ConnectionFacts connection, ConnectRequest http)
    {
        if (!throttle.AllowsConnect())
            return (ConnectDecision.Throttled, connection);
        if (routes.Connect is { ApiKeyRequired: true } && !apiKeys.Allow(http))
            return (ConnectDecision.WrongApiKey, connection);
        if (authorizer is not null)
        {
            (var refusal, connection) = await authorizer.DecideAsync(connection, http);
            if (refusal is { } refused)
                return (refused, connection);
        }

        if (routes.Connect is not { } route)
            return (ConnectDecision.Accepted, connection);
        var answer = await route.Integration.InvokeAsync(new RouteCall(route.Key, "CONNECT", connection, NewRequest(), Http: http));
        TellOfFailure(connection.Id, route, answer);
        return (Decide(answer), connection);
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

        ledger.Received(body.Length);
        if (routes.Select(body) is not { } route)
        {
            log.MessageForbidden(connection.Facts.Id, body.Length, routes.Keys);
            connection.Send(GatewayFrames.Error("Forbidden", connection.Facts.Id, request.RequestId));
            return Task.CompletedTask;
        }

        log.MessageRouted(connection.Facts.Id, body.Length, route.Key);
        var answer = route.Integration.InvokeAsync(
            new RouteCall(route.Key, "MESSAGE", connection.Facts, request, body, MessageId: ids.NewGatewayId()));
        return AnswerAsync(connection, route, request, answer);
    }

    public async Task DisconnectAsync(ConnectionFacts connection, CloseStatus status)
    {
        if (routes.Disconnect is not { } route)
            return;
        if (faults.DropsDisconnect)
        {
            log.DisconnectDropped(connection.Id);
            return;
        }

        TellOfFailure(
            connection.Id, route, await route.Integration.InvokeAsync(new RouteCall(route.Key, "DISCONNECT", connection, NewRequest(), Status: status)));
    }

    private static ConnectDecision Decide(IntegrationAnswer answer) => answer switch
    {
        { Outcome: InvocationOutcome.TimedOut } => ConnectDecision.IntegrationTimedOut(answer.Error!.ToString()),
        { Response: { } response } => ConnectDecision.ByFunction(response.StatusCode, response.Subprotocol),
        _ => ConnectDecision.IntegrationFailed(answer.Error!.ToString()),
    };

    private async Task AnswerAsync(OpenConnection connection, Route route, RequestFacts request, Task<IntegrationAnswer> invoked)
    {
        var answer = await invoked;
        TellOfFailure(connection.Facts.Id, route, answer);
        if (answer.Response is not { } response)
            connection.Send(GatewayFrames.Error("Internal server error", connection.Facts.Id, request.RequestId));
        else if (!string.IsNullOrEmpty(response.Body))
            SendBack(connection, route, request, response.Body);
    }

    private void SendBack(OpenConnection connection, Route route, RequestFacts request, string body)
    {
        if (!route.HasRouteResponse)
        {
            TellOnceOfDiscarding(route);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(body);
        if (length > messageLimit)
        {
            log.ResponseTooLarge(connection.Facts.Id, route.Key, length, messageLimit);
            connection.Send(GatewayFrames.Error("Internal server error", connection.Facts.Id, request.RequestId));
            return;
        }

        var rented = OutboundFrame.RentFor(length);
        Encoding.UTF8.GetBytes(body, rented.AsSpan(OutboundFrame.Gap));
        connection.Post(rented, length);
    }

    private void TellOfFailure(string connectionId, Route route, IntegrationAnswer answer)
    {
        if (answer is { Outcome: InvocationOutcome.Failed, Error: { Type: "MalformedProxyResponse" } malformed })
            log.AnswerMalformed(connectionId, route.Key, route.Integration.Name, malformed.Message);
        if (answer.Response is { IsSuccess: false } response)
            log.AnswerNotSuccess(connectionId, route.Key, route.Integration.Name, response.StatusCode, Quote.Line(response.Body ?? ""));
    }

    private void TellOnceOfDiscarding(Route route)
    {
        lock (_discarding)
        {
            if (!_discarding.Add(route.Key))
                return;
        }

        log.BodyDiscarded(route.Key, route.Integration.Name);
    }

    private RequestFacts NewRequest() => new(ids.NewGatewayId(), time.GetUtcNow());
}
