using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Files;

/// <summary>The rules for options, in the order of the file.</summary>
internal static class OptionsCheck
{
    public static OptionsFault? FindFault(GatewayOptions options) => Faults(options)
        .Concat(LimitsCheck.Faults(options.Limits)).Concat(LimitsCheck.Faults(options.Throttle)).Concat(LimitsCheck.Faults(options.Faults))
        .FirstOrDefault();

    public static OptionsFault? FindFault(FaultOptions options) => LimitsCheck.Faults(options).FirstOrDefault();

    private static IEnumerable<OptionsFault> Faults(GatewayOptions options)
    {
        if (options.Port is < 0 or > 65535)
            yield return OptionsFault.Range("from 0 to 65535", options.Port, "port");
        if (options.Http2Port is < 0 or > 65535)
            yield return OptionsFault.Range("from 0 to 65535", options.Http2Port.Value, "http2Port");
        if (options.Http2Port is > 0 && options.Http2Port == options.Port)
            yield return new(["http2Port"], $"http2Port must be another port than port, but both are {options.Port}.");
        if (!ListenAddress.IsValid(options.Address))
            yield return new(["address"], $"address must be localhost or an IP address, but is '{options.Address}'.");
        if (options.Apis.Count > 0 && (options.Routes.Count > 0 || options.Authorizer is not null))
            yield return new(["apis"], "routes and authorizer must be in apis, if there are apis.");
        foreach (var fault in options.Apis.Count == 0 ? ApiCheck.Faults(options, []) : options.Apis.SelectMany((api, i) => ApiCheck.Faults(api, ["apis", $"{i}"])))
            yield return fault;
        foreach (var fault in SameAddresses(options))
            yield return fault;
        foreach (var fault in options.Functions.SelectMany(function => FunctionCheck.Faults(function.Key, function.Value, options)))
            yield return fault;
        if (options.Tls is { Key: not null, Certificate: null })
            yield return new(["tls", "key"], "tls.key needs a tls.certificate.");
    }

    private static IEnumerable<OptionsFault> SameAddresses(GatewayOptions options)
    {
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < options.Apis.Count; i++)
        {
            var api = options.Apis[i];
            string?[] addresses =
            [
                api.Path.Length > 0 ? $"/{api.Path}/{api.Stage}" : $"/{api.Stage}",
                $"{api.ApiId}/{api.Stage}",
                api.CustomDomain is { } domain ? $"{domain.Name}/{domain.BasePath}" : null,
            ];
            foreach (var address in addresses.OfType<string>())
            {
                if (!seen.TryAdd(address, i))
                    yield return new(
                        ["apis", $"{i}"],
                        $"apis.{i} has the same address as apis.{seen[address]}, {address}; give them different stages, paths, ids or domains.");
            }
        }
    }
}
