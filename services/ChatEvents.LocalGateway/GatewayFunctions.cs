using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Endpoints;
using ChatEvents.LocalGateway.Functions;
using ChatEvents.LocalGateway.Processes;
using ChatEvents.LocalGateway.Tls;

namespace ChatEvents.LocalGateway;

/// <summary>Composes the functions of a gateway, and what starts and watches their environments.</summary>
internal sealed class GatewayFunctions : IDisposable
{
    private readonly GatewayOptions _options;
    private readonly FunctionPorts _ports;
    private readonly CertificateStore _certificates;
    private readonly Lazy<Trust?> _trust;
    private readonly List<StarvationHints> _hints = [];

    public GatewayFunctions(
        GatewayOptions options, FunctionPorts ports, CertificateStore certificates, Invoker invoker, Surroundings around)
    {
        (_options, _ports, _certificates, Invoker) = (options, ports, certificates, invoker);
        _trust = new Lazy<Trust?>(() => Trust.Write(_certificates));
        All = options.FunctionNames.ToDictionary(name => name, name => Deploy(name, around));
        Served = All.Values.OfType<RuntimeFunction>().ToDictionary(function => function.Name);
        Fleets = Served.Values.Where(function => options.FunctionNamed(function.Name).IsStarted)
            .ToDictionary(function => function.Name, function => NewFleet(function, around));
        foreach (var function in Served.Values)
            _hints.Add(new StarvationHints(function, () => HowToStart(function.Name), around.Time, around.Log));
    }

    public Invoker Invoker { get; }

    public IReadOnlyDictionary<string, IFunction> All { get; }

    /// <summary>Those whose environments poll this gateway.</summary>
    public IReadOnlyDictionary<string, RuntimeFunction> Served { get; }

    /// <summary>Those whose environments it starts.</summary>
    public IReadOnlyDictionary<string, FunctionFleet> Fleets { get; }

    public Trust? Trust => _trust.Value;

    public void Dispose()
    {
        foreach (var hints in _hints)
            hints.Dispose();
        foreach (var fleet in Fleets.Values)
            fleet.Dispose();
    }

    private IFunction Deploy(string name, Surroundings around)
    {
        var settings = _options.FunctionNamed(name);
        if (settings.InvokeEndpoint is { } endpoint)
            return new InvokedFunction(name, endpoint, around.Http);
        var arn = $"arn:aws:lambda:{_options.Region}:{_options.AccountId}:function:{name}";
        return new RuntimeFunction(name, arn, settings.Timeout, settings.DebugPort is not null, around.Ids, around.Time);
    }

    private FunctionFleet NewFleet(RuntimeFunction function, Surroundings around)
    {
        var settings = _options.FunctionNamed(function.Name);
        return new FunctionFleet(
            function,
            settings,
            StartPlan.For(function.Name, settings),
            environment => FunctionVariables.For(
                function, settings, _options.Region, _ports.RuntimeApi(function.Name)!, environment, GatewayVariables()),
            around.Time,
            around.Log);
    }

    private Dictionary<string, string> GatewayVariables() => new(Trust?.Variables ?? new Dictionary<string, string>())
    {
        ["CHATEVENTS_GATEWAY"] = _ports.Gateway,
        ["CHATEVENTS_HOSTS_ON_AWS"] = string.Join(',', _options.AllApis.Select(api => ApiAddress.HostOnAws(api, _options.Region)).Distinct()),
    };

    private string HowToStart(string name)
    {
        if (Fleets.ContainsKey(name))
            return "It is starting, and has not asked for an event yet.";
        var address = _ports.RuntimeApi(name) ?? $"{_ports.Gateway}/{name}";
        return $"Start one: AWS_LAMBDA_RUNTIME_API={address} _HANDLER={name} ./your-function, or let the gateway do it: functions.{name} with a \"handler\" or \"command\".";
    }
}
