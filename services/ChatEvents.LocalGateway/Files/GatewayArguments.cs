using System.Globalization;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Files;

/// <summary>The command line of the program.</summary>
internal sealed record GatewayArguments(string File, int? Port, string? Address, bool Debug, bool Health)
{
    public static GatewayArguments Parse(string[] args)
    {
        var parsed = new GatewayArguments("gateway.json", null, null, false, false);
        for (var i = 0; i < args.Length; i++)
        {
            parsed = args[i] switch
            {
                "--port" => parsed with { Port = ParsePort(Value(args, ref i)) },
                "--address" => parsed with { Address = ParseAddress(Value(args, ref i)) },
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

    private static int ParsePort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535
            ? port
            : throw new GatewayOptionsException($"--port must be from 0 to 65535, but is '{text}'.");

    private static string ParseAddress(string text) =>
        ListenAddress.IsValid(text)
            ? text
            : throw new GatewayOptionsException($"--address must be localhost or an IP address, but is '{text}'.");
}
