using ChatEvents.LocalGateway.Authorization;
using ChatEvents.LocalGateway.Bills;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Endpoints;
using ChatEvents.LocalGateway.Events;
using ChatEvents.LocalGateway.Integrations;
using ChatEvents.LocalGateway.Limits;
using ChatEvents.LocalGateway.Routing;

namespace ChatEvents.LocalGateway;

/// <summary>Composes the parts of one API: its routes, its connections, and the endpoints for both.</summary>
internal sealed class GatewayApi
{
    public GatewayApi(GatewayOptions options, ApiOptions api, GatewayFunctions functions, Surroundings around)
    {
        Options = api;
        Addresses = [.. ApiAddress.Of(api, options.Region, options.AllApis.Count == 1)];
        var facts = new ApiFacts(api.ApiId, api.Stage, options.Region, options.AccountId, api.StageVariables.AsReadOnly());
        var routes = api.Routes.ToDictionary(
            route => route.Key,
            route => new Routing.Route(
                route.Key, NewIntegration(options, route.Value, facts, functions, around), route.Value.RouteResponse, route.Value.ApiKeyRequired),
            StringComparer.Ordinal);
        var invoker = new RouteInvoker(
            new RouteTable(new RouteSelector(api.RouteSelectionExpression), routes),
            NewAuthorizer(api, facts, functions, around),
            new ApiKeyCheck(api.ApiKeys),
            options.Limits.MessageBytes,
            around.Throttle,
            around.Faults,
            around.Ledger,
            around.Ids,
            around.Time,
            around.Log);
        WebSocket = new WebSocketEndpoint(
            api, options.Limits, around.Hosts, Connections, invoker, around.Refusals, around.Ledger, around.Ids, around.Time, around.Log);
        var signatures = options.Signing.Keys.Count > 0 ? new SignatureV4(options.Signing, options.Region, around.Time) : null;
        Management = new ConnectionsEndpoint(
            options.Limits, signatures, Connections, around.Throttle, around.Faults, around.Ids, around.Time, around.Log);
    }

    public ApiOptions Options { get; }

    public IReadOnlyList<ApiAddress> Addresses { get; }

    public ConnectionTable Connections { get; } = new();

    public WebSocketEndpoint WebSocket { get; }

    public ConnectionsEndpoint Management { get; }

    private static Integration NewIntegration(
        GatewayOptions options, Configuration.RouteOptions route, ApiFacts api, GatewayFunctions functions, Surroundings around) => route switch
        {
            { Mock: { } text } => new MockIntegration(text, api),
            { Url: { } address } => new HttpIntegration(address, route.RequestParameters.AsReadOnly(), api, functions.Invoker, around.Http),
            _ => new FunctionIntegration(functions.All[route.Function], api, options.Answers, functions.Invoker),
        };

    private static ConnectAuthorizer? NewAuthorizer(ApiOptions api, ApiFacts facts, GatewayFunctions functions, Surroundings around) =>
        api.Authorizer is { } settings
            ? new ConnectAuthorizer(
                functions.All[settings.Function],
                [.. settings.IdentitySources.Select(source => IdentitySource.Parse(source)!)],
                facts,
                functions.Invoker,
                around.Ids,
                around.Time)
            : null;
}

/// <summary>What all APIs of a gateway share.</summary>
internal sealed record Surroundings(
    GatewayHosts Hosts,
    HandshakeRefusals Refusals,
    AccountThrottle Throttle,
    FaultInjector Faults,
    Ledger Ledger,
    HttpMessageInvoker Http,
    Ids Ids,
    TimeProvider Time,
    ILogger Log);
