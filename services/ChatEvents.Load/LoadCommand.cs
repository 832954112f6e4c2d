using System.CommandLine;
using System.Globalization;
using ChatEvents.Contracts;

namespace ChatEvents.Load;

/// <summary>The command line: options in, exit code out. One sentence on standard error says what is wrong.</summary>
internal static class LoadCommand
{
    public const int Done = 0;

    /// <summary>Messages were lost, or the run did not take place.</summary>
    public const int Failed = 1;

    private const string Plain = "plain", V1 = "v1";

    public static async Task<int> RunAsync(string[] args, LoadEnvironment environment, CancellationToken cancellation = default)
    {
        var arguments = CreateCommand(environment).Parse(args.Length == 0 ? ["--help"] : args);
        if (arguments.Errors is [var wrong, ..])
        {
            await environment.Error.WriteLineAsync(wrong.Message);
            return Failed;
        }

        try
        {
            return await arguments.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = environment.Out,
                    Error = environment.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = TimeSpan.FromSeconds(10), // to close the connections
                },
                cancellation);
        }
        catch (LoadException failure)
        {
            await environment.Error.WriteLineAsync(failure.Message);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            await environment.Error.WriteLineAsync("Stopped; nothing was measured.");
            return Failed;
        }
    }

    private static RootCommand CreateCommand(LoadEnvironment environment)
    {
        var byDefault = new LoadSettings { Url = new Uri("ws://localhost") };
        var url = new Argument<string>("url") { Description = "Of the chat: ws://localhost:8080/local, or wss://HOST/STAGE on AWS." };
        url.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && UrlOf(token.Value) is null)
                result.AddError($"'{token.Value}' is no address of a chat: one begins with ws:// or wss://, as ws://localhost:8080/local does.");
        });
        var clients = Number("--clients", "How many clients connect", byDefault.Clients, 1, 60_000);
        var rooms = Number("--rooms", "Among how many rooms they are divided", byDefault.Rooms, 1, 10_000);
        var seconds = Number("--seconds", "How long they talk", (int)byDefault.Length.TotalSeconds, 1, 6_000);
        var warmUp = Number("--warm-up", "Seconds of talk before, whose times do not count", (int)byDefault.WarmUp.TotalSeconds, 0, 600);
        var bytes = Number("--bytes", "Length of a message", byDefault.Bytes, 40, 65_536);
        var connectRate = Number(
            "--connect-rate", "New connections a second; an account on AWS has 500 by default", byDefault.ConnectRate, 1, LoadSettings.ConnectQuota);
        var patience = Number(
            "--patience", "Seconds without any message until those that are missing count as lost", (int)byDefault.Patience.TotalSeconds, 1, 600);
        var rate = new Option<double>("--rate")
        {
            Description = "Messages a second, of all clients together, from 0.1 to 5000.",
            DefaultValueFactory = _ => byDefault.Rate,
        };
        rate.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0.1 and <= 5000))
            {
                result.AddError($"--rate must be a number from 0.1 to 5000, but is '{token.Value}'.");
            }
        });
        var dialect = new Option<string>("--dialect")
        {
            Description = "plain, as wscat speaks, or v1 (the sub-protocol chatevents.v1), which fills what it missed from the history.",
            DefaultValueFactory = _ => Plain,
        };
        dialect.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: not (Plain or V1) } token])
                result.AddError($"--dialect must be plain or v1, but is '{token.Value}'.");
        });
        var tokenCommand = new Option<string?>("--token-command")
        {
            Description = "A shell command that prints a token. With {n} in it, it runs for each client, whose number takes the place of {n}.",
        };
        var cost = new Option<bool>("--cost") { Description = "AWS charges for this chat, though its host is no execute-api." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Does not ask before a run that costs more than 1 USD." };
        var svg = new Option<string>("--svg") { Description = "File of the plot.", DefaultValueFactory = _ => byDefault.Svg };

        var command = new RootCommand(
            "Lets clients talk in a running chat, and tells what they heard, what was lost, and how long it took. "
            + "Exit code 0: nothing was lost; 1: something was, or the run did not take place.")
        {
            url, clients, rooms, rate, seconds, dialect, tokenCommand, bytes, connectRate, warmUp, patience, svg, cost, yes,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var settings = new LoadSettings
            {
                Url = UrlOf(parsed.GetRequiredValue(url))!,
                Clients = parsed.GetValue(clients),
                Rooms = parsed.GetValue(rooms),
                Rate = parsed.GetValue(rate),
                Length = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                WarmUp = TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                Dialect = parsed.GetValue(dialect) == V1 ? Dialect.Json : Dialect.Plain,
                Bytes = parsed.GetValue(bytes),
                ConnectRate = parsed.GetValue(connectRate),
                Patience = TimeSpan.FromSeconds(parsed.GetValue(patience)),
                TokenCommand = parsed.GetValue(tokenCommand),
                IsCharged = parsed.GetValue(cost) || IsOnAws(parsed.GetRequiredValue(url)),
                IsYes = parsed.GetValue(yes),
                Svg = parsed.GetRequiredValue(svg),
            };
            return settings.Rooms > settings.Clients
                ? throw new LoadException($"--rooms must not exceed --clients: {settings.Clients} clients cannot fill {settings.Rooms} rooms.")
                : LoadRun.RunAsync(settings, environment, cancellation);
        });
        return command;
    }

    private static Option<int> Number(string name, string what, int byDefault, int min, int max)
    {
        var option = new Option<int>(name) { Description = $"{what}, from {min} to {max}.", DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var value) && value >= min && value <= max))
                result.AddError($"{name} must be a number from {min} to {max}, but is '{token.Value}'.");
        });
        return option;
    }

    private static Uri? UrlOf(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "ws" or "wss" ? url : null;

    private static bool IsOnAws(string url) => UrlOf(url) is { Host: var host }
        && host.Contains(".execute-api.", StringComparison.Ordinal)
        && (host.EndsWith(".amazonaws.com", StringComparison.Ordinal) || host.EndsWith(".amazonaws.com.cn", StringComparison.Ordinal));
}
