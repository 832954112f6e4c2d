using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using ChatEvents.Contracts;
using ChatEvents.Local.Hosting;
using ChatEvents.Routes;

namespace ChatEvents.Local;

/// <summary>
/// The command line: options in, exit code out. The exit code is 0 after Ctrl+C or SIGTERM, and 1 when the system could not start or an
/// option was wrong; one sentence then says why.
/// </summary>
internal static class LocalCommand
{
    /// <summary>
    /// After this time the process ends, even if a part is still at work. The parts take less time together; the limit is a safeguard.
    /// </summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(4.5);

    public static async Task<int> RunAsync(string[] args, TimeProvider time)
    {
        var port = new Option<int>("--port")
        {
            Description = "Where clients connect: ws://localhost:<port>/local. 0 takes any free port.",
            DefaultValueFactory = _ => LocalSettings.DefaultPort,
        };
        port.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var value) || value is < 0 or > 65535))
            {
                result.AddError($"--port must be a number from 0 to 65535, but is '{token.Value}'.");
            }
        });

        var address = new Option<string>("--address")
        {
            Description = "The IP address to listen on. 0.0.0.0 lets other machines connect, and a container's host.",
            DefaultValueFactory = _ => LocalSettings.Localhost,
        };
        address.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: not LocalSettings.Localhost } token] && !IPAddress.TryParse(token.Value, out _))
            {
                result.AddError($"--address must be localhost or an IP address, but is '{token.Value}'.");
            }
        });

        var auth = new Option<string>("--auth")
        {
            Description = "Who may connect: none (everybody), optional (users with tokens, and guests) or required (users only).",
            DefaultValueFactory = _ => LocalSettings.Variable("AUTH_MODE") ?? LocalSettings.NoAuth,
        };
        auth.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not (LocalSettings.NoAuth or "optional" or "required") and var mode)
            {
                result.AddError($"--auth must be none, optional or required, but is '{mode}'.");
            }
        });

        var command = new RootCommand("Runs the whole ChatEvents system on this machine: gateway, route Lambdas, queues, registry and fan-out.")
        {
            port, address, auth,
        };
        command.SetAction(parsed => RunAsync(
            new LocalSettings
            {
                Port = parsed.GetValue(port),
                Address = parsed.GetValue(address) ?? LocalSettings.Localhost,
                Auth = parsed.GetRequiredValue(auth),
            },
            time));

        var arguments = command.Parse(args);
        if (arguments.Errors is [var error, ..])
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }

        // Signals are handled below: System.CommandLine would end the process two seconds after one.
        return await arguments.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static async Task<int> RunAsync(LocalSettings settings, TimeProvider time)
    {
        LocalSettings.CompleteEnvironment();
        using var stopping = new CancellationTokenSource();
        using var signals = new Signals(stopping);
        using var parent = ParentWatch.Start(stopping.Cancel, time);
        Console.WriteLine(ProgramVersion.Line);
        try
        {
            var system = await LocalSystem.StartAsync(settings, Console.WriteLine, time, stopping.Token);
            Console.WriteLine(Welcome(system));
            await stopping.Token.WhenCancelledAsync();

            Console.WriteLine("Stopping ...");
            await system.DisposeAsync().AsTask().WaitAsync(StopTimeout, time);
            return 0;
        }
        catch (LocalSystemException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped before it was ready; the parts that had started are stopped again.
            return 0;
        }
        catch (TimeoutException)
        {
            await Console.Error.WriteLineAsync($"Not everything stopped within {StopTimeout.TotalSeconds} s; ending now.");
            Environment.Exit(1);
            return 1;
        }
    }

    private static string Welcome(LocalSystem system) => $$"""
        Chat is ready: {{system.Url}}{{string.Concat(system.OtherUrls.Select(url => $"{Environment.NewLine}From other machines: {url}"))}}
        Open {{system.PageUrl}} in a browser
        {{HowToTalk(system)}}
          {"action":"onMessage","message":"Hello everyone"}
        To inspect it, in another terminal:
          export {{string.Join(' ', system.Environment.Select(variable => $"{variable.Key}={variable.Value}"))}}
          dotnet run --project services/ChatEvents.Admin -- connections list
        Ctrl+C stops it.
        """;

    private static string HowToTalk(LocalSystem system)
    {
        if (system.Tokens.Count == 0)
        {
            return system.NeedsToken
                ? $$"""
                    Tokens of your issuer are needed. To talk, connect with one and then type the line below:
                      npx wscat -c {{system.Url}} -H "Authorization: Bearer $TOKEN"
                    """
                : $$"""
                    To talk, in as many other terminals as you like, connect and then type the line below:
                      npx wscat -c {{system.Url}}
                    """;
        }

        var lines = new List<string> { "To talk as one of these users, connect with the token as a header, or as browsers do, and then type a line below:" };
        foreach (var (user, token) in system.Tokens)
        {
            lines.Add($"  {user}'s token: {token}");
            lines.Add($"  npx wscat -c {system.Url} -H \"Authorization: Bearer {token}\"");
            lines.Add($"  npx wscat -c {system.Url} -s {Subprotocol.Plain} -s bearer.{token}");
        }

        lines.Add("""  {"action":"onMessage","to":"ada","message":"Hello Ada"}""");
        return string.Join(Environment.NewLine, lines);
    }

    private static async Task WhenCancelledAsync(this CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (token.Register(cancelled.SetResult))
        {
            await cancelled.Task;
        }
    }

    private sealed class Signals : IDisposable
    {
        private readonly List<PosixSignalRegistration> _registrations = [];

        public Signals(CancellationTokenSource stopping)
        {
            foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
            {
                _registrations.Add(PosixSignalRegistration.Create(signal, received =>
                {
                    received.Cancel = true;
                    stopping.Cancel();
                }));
            }
        }

        public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
    }
}
