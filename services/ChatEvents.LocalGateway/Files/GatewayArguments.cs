using System.Globalization;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Files;

/// <summary>The command line of the program.</summary>
internal sealed record GatewayArguments(string File, int? Port, string? Address, bool Debug, bool Health)
{
    /// <summary>The template to read instead of the file.</summary>
    public string? Template { get; init; }

    /// <summary>Values for what the template leaves open.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the gateway starts the functions of the template.</summary>
    public bool StartsFunctions { get; init; } = true;

    /// <summary>Further names of the gateway.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Prints what was understood, and ends.</summary>
    public bool Print { get; init; }

    public static GatewayArguments Parse(string[] args)
    {
        var parsed = new GatewayArguments("gateway.json", null, null, false, false);
        for (var i = 0; i < args.Length; i++)
        {
            parsed = args[i] switch
            {
                "--port" => parsed with { Port = ParsePort(Value(args, ref i)) },
                "--address" => parsed with { Address = ParseAddress(Value(args, ref i)) },
                "--template" => parsed with { Template = Value(args, ref i) },
                "--parameter" => parsed with { Parameters = WithParameter(parsed.Parameters, Value(args, ref i)) },
                "--no-start" => parsed with { StartsFunctions = false },
                "--host" => parsed with { Hosts = [.. parsed.Hosts, Value(args, ref i)] },
                "--print" => parsed with { Print = true },
                "--debug" => parsed with { Debug = true },
                "--health" => parsed with { Health = true },
                var file when !file.StartsWith("--", StringComparison.Ordinal) => parsed with { File = file },
                var unknown => throw new GatewayOptionsException($"There is no option '{unknown}'; see --help."),
            };
        }

        return parsed;
    }

    private static string Value(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new GatewayOptionsException($"{args[^1]} needs a value; see --help.");

    private static Dictionary<string, string> WithParameter(IReadOnlyDictionary<string, string> parameters, string given) =>
        given.Split('=', 2) is [{ Length: > 0 } name, var value]
            ? new Dictionary<string, string>(parameters) { [name] = value }
            : throw new GatewayOptionsException($"--parameter must be NAME=VALUE, but is '{given}'.");

    private static int ParsePort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535
            ? port
            : throw new GatewayOptionsException($"--port must be from 0 to 65535, but is '{text}'.");

    private static string ParseAddress(string text) =>
        ListenAddress.IsValid(text)
            ? text
            : throw new GatewayOptionsException($"--address must be localhost or an IP address, but is '{text}'.");
}
