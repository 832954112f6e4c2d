using System.Security.Cryptography;
using ChatEvents.LocalGateway.Bills;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Endpoints;
using ChatEvents.LocalGateway.Functions;
using ChatEvents.LocalGateway.Limits;
using ChatEvents.LocalGateway.Tls;

namespace ChatEvents.LocalGateway;

/// <summary>Composes the parts of one gateway.</summary>
internal sealed class GatewayParts : IDisposable
{
    // Half of the host's shutdown timeout; the other half is for the web server.
    private static readonly TimeSpan DisconnectGrace = GatewayHost.ShutdownTimeout / 2;

    private readonly CancellationTokenSource _abandoning = new();
    private readonly TimeProvider _time;

    /// <param name="options">Of the gateway.</param>
    /// <param name="ports">Of its functions.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="loggers">Its log.</param>
    /// <param name="readOtherUse">What the hosting program counts for the bill; null if nothing.</param>
    public GatewayParts(
        GatewayOptions options, FunctionPorts ports, TimeProvider time, ILoggerFactory loggers, ReadOtherUse? readOtherUse = null)
    {
        Log = loggers.CreateLogger(GatewayHost.LogCategory);
        _time = time;
        var ids = new Ids(RandomNumberGenerator.GetBytes);
        var ledger = new Ledger(time, options.Bill);
        var faults = new FaultInjector(options.Faults, time, _abandoning.Token);
        var hosts = new GatewayHosts(options);
        var known = options.AllApis.Select(api => ApiAddress.Of(api, options.Region, isOnly: true).First());
        Refusals = new HandshakeRefusals(string.Join(", ", known), ids, Log);
        var around = new Surroundings(
            hosts,
            Refusals,
            new AccountThrottle(options.Throttle, ledger, time),
            faults,
            ledger,
            new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false }),
            ids,
            time,
            Log);
        var certificates = new CertificateStore(options.Tls, hosts.ForCertificate, Log);
        var invoker = new Invoker(options.Limits, faults, ledger, time, Log, _abandoning.Token);
        Functions = new GatewayFunctions(options, ports, certificates, invoker, around);
        Apis = [.. options.AllApis.Select(api => new GatewayApi(options, api, Functions, around))];
        Runtime = new RuntimeEndpoint(Functions.Served, Functions.Fleets, time, Log, _abandoning.Token);
        Health = new HealthEndpoint([.. Apis.Select(api => api.Connections)], Functions.Served);
        Bill = new BillEndpoint(options, ledger, readOtherUse);
        Faults = new FaultsEndpoint(faults, Log);
        Guard = new CrossSiteGuard(hosts, ids, time, Log);
        Unknown = new UnknownPathEndpoint(Refusals, ids, time, Log);
        TlsOrPlain = new TlsOrPlain(certificates, options.Limits.HandshakeTimeout, time, Log);
    }

    public ILogger Log { get; }

    public IReadOnlyList<GatewayApi> Apis { get; }

    public GatewayFunctions Functions { get; }

    public RuntimeEndpoint Runtime { get; }

    public HealthEndpoint Health { get; }

    public BillEndpoint Bill { get; }

    public FaultsEndpoint Faults { get; }

    public CrossSiteGuard Guard { get; }

    public HandshakeRefusals Refusals { get; }

    public UnknownPathEndpoint Unknown { get; }

    public TlsOrPlain TlsOrPlain { get; }

    public int OpenConnections => Apis.Sum(api => api.Connections.Count);

    /// <summary>Closes all connections while functions are still served, so that they receive <c>$disconnect</c>.</summary>
    public async Task CloseConnectionsAsync(CancellationToken cancellation)
    {
        foreach (var api in Apis)
            api.Connections.CloseAll();
        try
        {
            await Functions.Invoker.InFlight.WhenNoneAsync().WaitAsync(DisconnectGrace, _time, cancellation);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // $disconnect is best effort, here as on AWS.
        }

        Functions.Dispose();
        await _abandoning.CancelAsync();
    }

    public void Dispose()
    {
        Functions.Dispose();
        _abandoning.Dispose();
    }
}
