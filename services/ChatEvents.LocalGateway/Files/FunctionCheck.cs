using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Files;

/// <summary>The rules for <c>functions</c>.</summary>
internal static class FunctionCheck
{
    public static IEnumerable<OptionsFault> Faults(string name, FunctionOptions function, GatewayOptions options)
    {
        if (!options.FunctionNames.Contains(name))
            yield return new(["functions", name], $"The function '{name}' is used by no route and no authorizer.");
        if (function.Timeout < TimeSpan.FromSeconds(1) || function.Timeout > TimeSpan.FromMinutes(15))
            yield return Range("from 00:00:01 to 00:15:00", function.Timeout, "timeout");
        if (function.MemorySize is < 128 or > 10_240)
            yield return Range("from 128 to 10240", function.MemorySize, "memorySize");
        if (function.InvokeEndpoint is { } endpoint && (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https")))
            yield return new(
                ["functions", name, "invokeEndpoint"],
                $"functions.{name}.invokeEndpoint must be an http or https address, but is '{endpoint}'.");
        if (new object?[] { function.Handler, function.Command, function.InvokeEndpoint }.Count(way => way is not null) > 1)
            yield return new(["functions", name], $"functions.{name} must have one of handler, command and invokeEndpoint, but has several.");
        if (function.Handler is { } handler && (!handler.Contains('.', StringComparison.Ordinal) || handler.EndsWith('.')))
            yield return new(
                ["functions", name, "handler"], $"functions.{name}.handler must be folder/file.export, but is '{handler}'.");
        if (function.Command is { } command && string.IsNullOrWhiteSpace(command))
            yield return new(["functions", name, "command"], $"functions.{name}.command is empty.");
        if (function.Instances is < 1 or > 1000)
            yield return Range("from 1 to 1000", function.Instances, "instances");
        if (function.IdleTimeout < TimeSpan.FromSeconds(1))
            yield return Range("at least 00:00:01", function.IdleTimeout, "idleTimeout");
        if (function.Port is < 0 or > 65535)
            yield return Range("from 0 to 65535", function.Port.Value, "port");
        if (function.Port is > 0 and var port && TakenBy(name, port, options) is { } other)
            yield return new(["functions", name, "port"], $"functions.{name}.port must be another port than {other}, but both are {port}.");
        if (function.DebugPort is < 1 or > 65535)
            yield return Range("from 1 to 65535", function.DebugPort.Value, "debugPort");
        if (function.DebugPort is not null && function.Handler is null)
            yield return new(
                ["functions", name, "debugPort"], $"functions.{name}.debugPort needs a handler; a command has its own way to open a debugger's port.");

        OptionsFault Range(string allowed, IFormattable value, string setting) =>
            OptionsFault.Range(allowed, value, "functions", name, setting);
    }

    private static string? TakenBy(string name, int port, GatewayOptions options) =>
        port == options.Port ? "port"
        : port == options.Http2Port ? "http2Port"
        : options.Functions.FirstOrDefault(other => other.Key != name && other.Value.Port == port).Key is { } other ? $"functions.{other}.port"
        : null;
}
