using System.Security.Cryptography;
using ChatEvents.LocalGateway.Authorization;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Endpoints;
using ChatEvents.LocalGateway.Events;
using ChatEvents.LocalGateway.Functions;
using ChatEvents.LocalGateway.Limits;
using ChatEvents.LocalGateway.Routing;

namespace ChatEvents.LocalGateway;

/// <summary>Composes the parts of one gateway.</summary>
internal sealed class GatewayParts : IDisposable
{
    // Half of the host's shutdown timeout; the other half is for the web server.
    private static readonly TimeSpan DisconnectGrace = GatewayHost.ShutdownTimeout / 2;

    private readonly CancellationTokenSource _abandoning = new();
    private readonly ConnectionTable _connections = new();
    private readonly Invoker _invoker;
    private readonly TimeProvider _time;

    public GatewayParts(GatewayOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        var log = loggers.CreateLogger(GatewayHost.LogCategory);
        _time = time;
        var ids = new Ids(RandomNumberGenerator.GetBytes);
        var functions = Deploy(options, ids, time);
        var api = new ApiFacts(options.ApiId, options.Stage, options.Region, options.AccountId, options.StageVariables.AsReadOnly());
        var faults = new FaultInjector(options.Faults, time, _abandoning.Token);
        var throttle = new AccountThrottle(options.Throttle, time);
        _invoker = new Invoker(options.Limits, faults, time, log, _abandoning.Token);
        var authorizer = options.Authorizer is { } settings
            ? new ConnectAuthorizer(
                functions[settings.Function], [.. settings.IdentitySources.Select(source => IdentitySource.Parse(source)!)], api, _invoker,
                ids, time)
            : null;
        var routes = new RouteInvoker(api, NewRouteTable(options, functions), authorizer, _invoker, throttle, faults, ids, time, log);

        WebSocket = new WebSocketEndpoint(options, _connections, routes, ids, time, log);
        Connections = new ConnectionsEndpoint(options, _connections, throttle, faults, ids, time, log);
        var served = functions.Values.OfType<RuntimeFunction>().ToDictionary(function => function.Name);
        Runtime = new RuntimeEndpoint(served, time, log, _abandoning.Token);
        Health = new HealthEndpoint(_connections, served);
        Faults = new FaultsEndpoint(faults, log);
    }

    public WebSocketEndpoint WebSocket { get; }

    public ConnectionsEndpoint Connections { get; }

    public RuntimeEndpoint Runtime { get; }

    public HealthEndpoint Health { get; }

    public FaultsEndpoint Faults { get; }

    public int OpenConnections => _connections.Count;

    /// <summary>Closes all connections while functions are still served, so that they receive <c>$disconnect</c>.</summary>
    public async Task CloseConnectionsAsync(CancellationToken cancellation)
    {
        _connections.CloseAll();
        try
        {
            await _invoker.InFlight.WhenNoneAsync().WaitAsync(DisconnectGrace, _time, cancellation);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // $disconnect is best effort, here as on AWS.
        }

        await _abandoning.CancelAsync();
    }

    public void Dispose() => _abandoning.Dispose();

    private static Dictionary<string, IFunction> Deploy(GatewayOptions options, Ids ids, TimeProvider time)
    {
        var http = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        return options.FunctionNames.ToDictionary(name => name, name =>
        {
            var settings = options.Functions.TryGetValue(name, out var own) ? own : new FunctionOptions();
            return settings.InvokeEndpoint is { } endpoint
                ? (IFunction)new InvokedFunction(name, endpoint, http)
                : new RuntimeFunction(
                    name, $"arn:aws:lambda:{options.Region}:{options.AccountId}:function:{name}", settings.Timeout, ids, time);
        });
    }

    private static RouteTable NewRouteTable(GatewayOptions options, Dictionary<string, IFunction> functions) => new(
        new RouteSelector(options.RouteSelectionExpression),
        options.Routes.ToDictionary(
            route => route.Key,
            route => new Routing.Route(route.Key, functions[route.Value.Function], route.Value.RouteResponse),
            StringComparer.Ordinal));
}
