using System.Net.Sockets;
using System.Reflection;
using System.Text.RegularExpressions;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Files;
using ChatEvents.LocalGateway.Templates;

namespace ChatEvents.LocalGateway;

/// <summary>
/// The gateway as a program: reads its file and listens until it is stopped. A start-up failure is reported in one sentence.
/// </summary>
internal static partial class GatewayProgram
{
    private const string Usage = """
        Usage: ws-gateway [gateway.json | --template FILE] [--parameter NAME=VALUE] [--no-start] [--print] [--port N] [--address IP] [--host NAME] [--debug] [--health] [--version]
          gateway.json    the API to serve; default: gateway.json in the current directory (see docs/local-gateway.md)
          --template FILE serve what is deployed: CloudFormation, SAM, a cdk.out folder, or serverless.yml
          --parameter     a value for a parameter of the template, or for what only a deployment knows (Table, Table.Arn)
          --no-start      start no function of the template: you do, and they go by their handlers
          --print         print the configuration that was understood, and end
          --port N        listen on this port instead of the file's; 0 takes a free one
          --address IP    listen on this address instead of the file's; localhost, or 0.0.0.0 for all
          --host NAME     answer by this name, too, as of a container; for several, repeat it
          --debug         log every management call and invocation, too
          --health        ask the gateway that listens on the port how it is; exit code 0 when well
          --version       print the version
        """;

    // The gateway knows no other project, so it finds its version itself.
    private static readonly string Version =
        typeof(GatewayProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            if (args.Contains("--help"))
            {
                Console.WriteLine(Usage);
                return 0;
            }

            if (args is ["--version"])
            {
                Console.WriteLine(Version);
                return 0;
            }

            var arguments = GatewayArguments.Parse(args);
            var options = Read(arguments);
            foreach (var host in arguments.Hosts)
                options.Hosts.Add(host);
            if (arguments.Print)
            {
                Console.WriteLine(OptionsText.Of(options));
                return 0;
            }

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

    private static GatewayOptions Read(GatewayArguments arguments)
    {
        if (arguments.Template is not { } template)
            return GatewayFile.Read(arguments.File);
        var (options, notes) = TemplateFile.Read(
            template, new TemplateReading { Given = arguments.Parameters.GetValueOrDefault, StartsFunctions = arguments.StartsFunctions });
        // On standard error: --print writes a file.
        foreach (var note in notes)
            Console.Error.WriteLine($"{template}, {note}.");
        return options;
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
        // Not of a program that cannot start: that says one sentence. What is registered last is called first, so this is the first line.
        app.Lifetime.ApplicationStarted.Register(() => app.Logger.Program(Version));
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
        var gateway = app.Services.GetRequiredService<GatewayParts>();
        if (options.Bill)
            gateway.Log.Bill((await gateway.Bill.ReadAsync(CancellationToken.None)).ToString());
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
