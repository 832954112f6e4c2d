using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Processes;

namespace ChatEvents.LocalGateway;

/// <summary>What a started gateway tells its user: where it listens, and who runs its functions.</summary>
internal static class StartReport
{
    public static void Write(WebApplication app, GatewayOptions options, GatewayParts gateway)
    {
        var ports = app.Services.GetRequiredService<FunctionPorts>();
        var isLocalhost = options.Address == ListenAddress.Localhost;
        var authority = isLocalhost ? ports.Gateway : app.Urls.First()["http://".Length..];
        foreach (var api in gateway.Apis)
        {
            var urls = api.Addresses
                .Where(address => address.Host is null || address.IsCustomDomain)
                .Select(address => (address.Host is { } host ? $"{host}:{authority.Split(':')[^1]}" : authority) + address.Path)
                .SelectMany(url => (string[])[$"ws://{url}", $"wss://{url}"]);
            gateway.Log.Listening(options.Source, api.Options.ApiId, api.Options.Stage, string.Join("   ", urls));
        }

        if (options.Http2Port is not null)
            gateway.Log.ListeningForHttp2(GatewayHost.Http2Url(app), options.Stage);
        if (!isLocalhost && !System.Net.IPAddress.IsLoopback(System.Net.IPAddress.Parse(options.Address)))
            gateway.Log.ListeningToAll(options.Address);
        if (options.HasFunctionPorts && gateway.Functions.Trust is { } trust)
            gateway.Log.CertificateTrust(string.Join("   ", trust.Variables.Select(variable => $"{variable.Key}={variable.Value}")));

        foreach (var group in gateway.Functions.Fleets.GroupBy(fleet => fleet.Value.Runtime, fleet => fleet.Key))
        {
            var runtime = group.Key == Runtime.Command ? "by command" : group.Key.ToString();
            gateway.Log.FunctionsServed(string.Join(", ", group), $"{runtime}, started when needed, restarted when their files change");
        }

        foreach (var name in gateway.Functions.Served.Keys.Where(name => !gateway.Functions.Fleets.ContainsKey(name) && options.HasFunctionPorts))
            gateway.Log.FunctionsServed(name, $"started by you with AWS_LAMBDA_RUNTIME_API={ports.Gateway}/{name} or {ports.RuntimeApi(name)}");
    }
}
