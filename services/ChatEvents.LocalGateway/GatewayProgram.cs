using System.Net.Sockets;
using System.Text.RegularExpressions;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Files;

namespace ChatEvents.LocalGateway;

/// <summary>
/// The gateway as a program: reads its file and listens until it is stopped. A start-up failure is reported in one sentence.
/// </summary>
internal static partial class GatewayProgram
{
    private const string Usage = """
        Usage: ChatEvents.LocalGateway [gateway.json] [--port N] [--address IP] [--debug] [--health]
          gateway.json    the API to serve; default: gateway.json in the current directory (see docs/local-gateway.md)
          --port N        listen on this port instead of the file's; 0 takes a free one
          --address IP    listen on this address instead of the file's; localhost, or 0.0.0.0 for all
          --debug         log every management call and invocation, too
          --health        ask the gateway that listens on the port how it is; exit code 0 when well
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            if (args.Contains("--help"))
            {
                Console.WriteLine(Usage);
                return 0;
            }

            var arguments = GatewayArguments.Parse(args);
            var options = GatewayFile.Read(arguments.File);
            options.HasFunctionPorts = true;
            options.Port = arguments.Port ?? options.Port;
            if (arguments.Health) return await GatewayHealth.AskAsync(options.Port);
            options.Address = arguments.Address ?? options.Address;
            await RunAsync(options, arguments.Debug);
            return 0;
        }
        catch (GatewayOptionsException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static async Task RunAsync(GatewayOptions options, bool debug)
    {
        await using var app = GatewayHost.Build(options, builder =>
        {
            builder.Logging
                .SetMinimumLevel(debug ? LogLevel.Debug : LogLevel.Information)
                .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None) // it throws whatever it logs
                .AddConsole(console => console.FormatterName = GatewayConsole.FormatterName)
                .AddConsoleFormatter<GatewayConsole, Microsoft.Extensions.Logging.Console.ConsoleFormatterOptions>();
        });
        try
        {
            await app.StartAsync();
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new GatewayOptionsException(TakenPort(options, e.Message));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AccessDenied)
        {
            throw new GatewayOptionsException(
                e.SocketErrorCode == SocketError.AccessDenied
                    ? $"Port {options.Port} of {options.Address} may not be used by this user; choose another with --port."
                    : $"{options.Address} is not an address of this machine; choose another with --address.");
        }

        await app.WaitForShutdownAsync();
    }

    private static string TakenPort(GatewayOptions options, string message)
    {
        var port = PortPattern().Match(message).Groups["port"].Value;
        if (port == $"{options.Http2Port}")
            return $"Port {port} of {options.Address} is taken; choose another http2Port.";
        var function = options.FunctionNames.FirstOrDefault(name => port == $"{options.FunctionNamed(name).Port}");
        return function is null
            ? $"Port {options.Port} of {options.Address} is taken; choose another with --port."
            : $"Port {port} of {options.Address} is taken; choose another functions.{function}.port.";
    }

    [GeneratedRegex(@":(?<port>\d+): address already in use")]
    private static partial Regex PortPattern();
}
