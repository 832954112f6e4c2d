using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Functions;
using ChatEvents.Conformance.Rules;
using ChatEvents.ConformanceTests.Mutants;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;
using Microsoft.AspNetCore.Builder;

namespace ChatEvents.ConformanceTests;

/// <summary>The APIs that the suite needs, on three local gateways, perhaps with a mutation.</summary>
internal sealed class OurGateways : IAsyncDisposable
{
    public const string Main = "main", Authorized = "auth", Bare = "bare", Fast = "fast", Throttled = "small";

    // An integration is given up well before the idle time ends, also before the half of it that one of the mutants has: a machine under load must not mix them up.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(3), Life = TimeSpan.FromSeconds(9), IntegrationTimeout = TimeSpan.FromSeconds(0.5);

    private static readonly string CertificateFolder = Directory.CreateTempSubdirectory("conformance-tls").FullName;

    private readonly List<WebApplication> _apps = [];
    private readonly List<MutatingProxy> _proxies = [];

    public static async Task<IReadOnlyList<Conformance.Finding>> AskAsync(Mutant? mutant, CancellationToken cancellation, IReadOnlyList<Rule>? rules = null)
    {
        await using var gateways = new OurGateways();
        var seen = new SeenEvents();
        var function = new ScriptedFunction(seen, TimeProvider.System);
        var first = await gateways.StartAsync(mutant, options => options.Apis =
        [
            Api(Main, "main00api0", api => api.StageVariables["color"] = "blue"),
            Api(Authorized, "auth00api0", api => api.Authorizer = new AuthorizerOptions
            {
                Function = "authorize",
                IdentitySources = { "route.request.querystring.auth" },
            }),
            BareApi(),
        ], cancellation);
        var second = await gateways.StartAsync(mutant, options =>
        {
            options.Apis = [Api(Fast, "fast00api0")];
            options.Limits.IdleTimeout = Idle;
            options.Limits.ConnectionDuration = Life;
            options.Limits.IntegrationTimeout = IntegrationTimeout;
        }, cancellation);
        var third = await gateways.StartAsync(mutant, options =>
        {
            options.Apis = [Api(Throttled, "small0api0")];
            options.Throttle = new ThrottleOptions { RequestsPerSecond = 5, Burst = 5, ConnectsPerSecond = 2 };
        }, cancellation);
        var target = new TargetOptions
        {
            Main = Stage(first, Main),
            Authorized = Stage(first, Authorized),
            Bare = Stage(first, Bare),
            Fast = Stage(second, Fast),
            Idle = Idle,
            Life = Life,
            IntegrationTimeout = IntegrationTimeout,
            Throttled = Stage(third, Throttled),
        };
        RuntimeFunctions[] functions = [.. ((Uri[])[first, second, third]).Select(gateway => new RuntimeFunctions(gateway, function))];
        try
        {
            return await new Conformance.Suite(target, seen, TimeProvider.System).AskAsync(rules ?? AllRules.Listed, parallel: 12, cancellation);
        }
        finally
        {
            foreach (var served in functions)
                await served.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        foreach (var app in _apps)
        {
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }
    }

    private async Task<Uri> StartAsync(Mutant? mutant, Action<GatewayOptions> configure, CancellationToken cancellation)
    {
        var options = new GatewayOptions { Port = 0, Tls = { Folder = CertificateFolder }, AccountId = "111122223333" };
        configure(options);
        mutant?.Options?.Invoke(options);
        var app = GatewayHost.Build(options);
        _apps.Add(app);
        await app.StartAsync(cancellation);
        var address = new Uri(app.Urls.First());
        if (mutant?.Mutation is not { } mutation)
            return address;
        var proxy = await MutatingProxy.StartAsync(address, mutation, cancellation);
        _proxies.Add(proxy);
        return proxy.Address;
    }

    private static ApiOptions Api(string stage, string id, Action<ApiOptions>? configure = null)
    {
        var api = new ApiOptions { Stage = stage, ApiId = id };
        api.Routes["$connect"] = new RouteOptions { Function = "connect" };
        api.Routes["$disconnect"] = new RouteOptions { Function = "disconnect" };
        foreach (var key in (string[])["one", "5", "$default"])
            api.Routes[key] = new RouteOptions { Function = "message" };
        api.Routes["two"] = new RouteOptions { Function = "message", RouteResponse = true };
        configure?.Invoke(api);
        return api;
    }

    private static ApiOptions BareApi()
    {
        var api = new ApiOptions { Stage = Bare, ApiId = "bare00api0", RouteSelectionExpression = "${request.body.service}/${request.body.action}" };
        foreach (var key in (string[])["chat/join", "/join"])
            api.Routes[key] = new RouteOptions { Function = "message" };
        return api;
    }

    private static Uri Stage(Uri gateway, string stage) => new($"ws://localhost:{gateway.Port}/{stage}");
}
