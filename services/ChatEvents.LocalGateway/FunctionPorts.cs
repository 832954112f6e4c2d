using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ChatEvents.LocalGateway;

/// <summary>The ports of a running gateway: its own, and those of functions.</summary>
internal sealed class FunctionPorts
{
    private readonly Dictionary<string, ListenOptions> _functions = [];
    private ListenOptions? _gateway;

    /// <summary>Where the gateway listens, for clients on this machine.</summary>
    public string Gateway => _gateway is null ? "" : $"localhost:{_gateway.IPEndPoint!.Port}";

    public void AddGateway(ListenOptions listen) => _gateway ??= listen;

    public void Add(string function, ListenOptions listen) => _functions.TryAdd(function, listen);

    /// <summary>The value of <c>AWS_LAMBDA_RUNTIME_API</c> for a function with a port of its own, else null.</summary>
    public string? RuntimeApi(string function)
    {
        if (!_functions.TryGetValue(function, out var listen))
            return null;
        // Known once the server has started: before that it may be 0.
        var endPoint = listen.IPEndPoint!;
        var address = endPoint.Address.Equals(IPAddress.Any) || endPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : endPoint.Address;
        return new IPEndPoint(address, endPoint.Port).ToString();
    }
}
