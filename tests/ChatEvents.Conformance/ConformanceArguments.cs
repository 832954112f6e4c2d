using System.Globalization;
using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Wire;

namespace ChatEvents.Conformance;

/// <summary>The command line.</summary>
internal sealed record ConformanceArguments(TargetOptions Target)
{
    public const string Usage = """
        Usage: ChatEvents.Conformance --target ws://host/stage [options]
          --target URL          the API to ask (which routes it needs: README.md of this program)
          --management URL      its management API, without /@connections; default: the same address by http
          --authorized URL      the same API behind an authorizer
          --bare URL            an API with composed route keys and no reserved routes
          --fast URL            an API whose clocks can be waited for, with --idle, --life and --integration-timeout in seconds
          --throttled URL       an API of an account with a small quota
          --runtime URL         the suite runs the functions, as environments of this Lambda Runtime API; may be given several times
          --invoke URL          the suite runs the functions, and listens here for Lambda's Invoke API
          --reports URL         the functions are deployed; the suite listens here for the events that they report
          --observer            the functions are deployed; they report to a connection of the target
          --sign REGION         sign calls of the management API, with the keys in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN
          --only PREFIX         only rules whose ids begin with this, as handshake. or post.empty
          --format F            table (default), json or markdown
          --output FILE         default: standard output
          --name NAME           of the target, for reports
          --parallel N          rules at once; default 8
          --patience SECONDS    how long a rule waits; default 5
          --list                print the rules and ask nobody
          --merge FILE... [--into PAGE]
                                make one Markdown table of the JSON reports of several targets, and write it between the page's comments
                                <!-- conformance --> and <!-- /conformance -->
          --version             print the version
        The exit code is 0 if no rule is broken, 1 if one is, 2 if it could not be asked at all.
        """;

    public IReadOnlyList<Uri> Runtimes { get; init; } = [];

    public Uri? Invoke { get; init; }

    public Uri? Reports { get; init; }

    public bool IsObserved { get; init; }

    public string Only { get; init; } = "";

    public string Format { get; init; } = "table";

    public string? Output { get; init; }

    public string Name { get; init; } = "target";

    public int Parallel { get; init; } = 8;

    /// <exception cref="FormatException">One sentence says what is wrong.</exception>
    public static ConformanceArguments Parse(IReadOnlyList<string> args)
    {
        var parsed = new ConformanceArguments(new TargetOptions { Main = new Uri("ws://none") });
        for (var i = 0; i < args.Count; i++)
        {
            var target = parsed.Target;
            var option = args[i];
            parsed = option switch
            {
                "--target" => parsed with { Target = target with { Main = Address() } },
                "--management" => parsed with { Target = target with { Management = Address() } },
                "--authorized" => parsed with { Target = target with { Authorized = Address() } },
                "--bare" => parsed with { Target = target with { Bare = Address() } },
                "--fast" => parsed with { Target = target with { Fast = Address() } },
                "--idle" => parsed with { Target = target with { Idle = Seconds() } },
                "--life" => parsed with { Target = target with { Life = Seconds() } },
                "--integration-timeout" => parsed with { Target = target with { IntegrationTimeout = Seconds() } },
                "--throttled" => parsed with { Target = target with { Throttled = Address() } },
                "--patience" => parsed with { Target = target with { Patience = Seconds() } },
                "--runtime" => parsed with { Runtimes = [.. parsed.Runtimes, Address()] },
                "--invoke" => parsed with { Invoke = Address() },
                "--reports" => parsed with { Reports = Address(), Target = target with { AnswersAreRaw = false } },
                "--observer" => parsed with { IsObserved = true, Target = target with { AnswersAreRaw = false } },
                "--sign" => parsed with { Target = target with { Signing = SigningKeys.FromEnvironment(Value(), Environment.GetEnvironmentVariable) } },
                "--only" => parsed with { Only = Value() },
                "--format" => parsed with { Format = Value() is ("table" or "json" or "markdown") and var format ? format : throw Wrong("table, json or markdown") },
                "--output" => parsed with { Output = Value() },
                "--name" => parsed with { Name = Value() },
                "--parallel" => parsed with { Parallel = int.TryParse(Value(), CultureInfo.InvariantCulture, out var n) && n > 0 ? n : throw Wrong("a number above 0") },
                _ => throw new FormatException($"There is no option '{option}'; see --help."),
            };

            string Value() => ++i < args.Count ? args[i] : throw new FormatException($"{option} needs a value; see --help.");

            Uri Address() => Uri.TryCreate(Value(), UriKind.Absolute, out var uri) && uri.Scheme is ("ws" or "wss" or "http" or "https")
                ? uri
                : throw Wrong("an address like ws://localhost:8080/dev");

            TimeSpan Seconds() => double.TryParse(Value(), CultureInfo.InvariantCulture, out var seconds) && seconds > 0
                ? TimeSpan.FromSeconds(seconds)
                : throw Wrong("a number of seconds");

            FormatException Wrong(string expected) => new($"{option} must be {expected}, but is '{args[i]}'.");
        }

        if (parsed.Target.Main.Host == "none")
            throw new FormatException("--target is needed; see --help.");
        return parsed;
    }
}
