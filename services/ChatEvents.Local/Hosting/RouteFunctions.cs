using Amazon.Lambda.Core;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Routes;
using ChatEvents.Routes.Authorizing;
using ChatEvents.Routes.Aws;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace ChatEvents.Local.Hosting;

/// <summary>
/// The route Lambdas: the handlers of the real executable in its real runtime loop, with several execution environments per function, as
/// Lambda starts them under load.
/// </summary>
internal sealed class RouteFunctions(LocalServers servers, TimeProvider time) : IAsyncDisposable
{
    /// <summary>An environment handles one invocation at a time. A guess that lets 200 clients connect at once within a second.</summary>
    private const int EnvironmentsPerFunction = 8;

    /// <summary>For functions that may wait until the registry has written a row: their waits must not add up.</summary>
    private const int EnvironmentsPerWaitingFunction = 32;

    private static readonly string[] WaitingFunctions = ["onMessage", "join", "leave", "who", "history", "default"];

    /// <summary>The pause between the end of an environment and the start of its replacement.</summary>
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);

    private readonly RouteClients _clients = new(() => ClientOf(servers, "sqs"), () => ClientOf(servers, "dynamodb"));
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILoggerFactory _logging = LoggerFactory.Create(logging =>
    {
        logging.Services.AddSingleton(time);
        logging.AddLocalConsole();
    });

    private readonly (TextWriter Out, TextWriter Error) _console = (Console.Out, Console.Error);
    private readonly List<Task> _environments = [];

    /// <param name="deployed">The functions by handler.</param>
    /// <param name="gateway">Serves the Runtime API of every function, and takes the posts to connections.</param>
    /// <param name="auth">The settings of the authorizer; null where there is none.</param>
    /// <param name="gatewayStopping">Cancelled when the gateway begins to end the calls that wait at its Runtime API.</param>
    public void Start(
        IEnumerable<KeyValuePair<string, FunctionOptions>> deployed, Uri gateway, AuthSettings? auth, CancellationToken gatewayStopping)
    {
        foreach (var (handler, function) in deployed)
        {
            if (handler == AuthorizeFunction.Handler)
            {
                StartAuthorizer(auth!, $"{gateway.Authority}/{handler}", gatewayStopping);
                continue;
            }

            var settings = RouteSettings.FromEnvironment(name => LocalSettings.Deployed(function, name)) with
            {
                // The domain name of a local chat means nothing; posts to its connections go here.
                CallbackEndpoint = new Uri(gateway, LocalSettings.Stage).ToString(),
            };
            var log = new FunctionLogger(_logging.CreateLogger($"ChatEvents.Routes.{handler}"));
            var environments = WaitingFunctions.Contains(handler) ? EnvironmentsPerWaitingFunction : EnvironmentsPerFunction;
            for (var i = 0; i < environments; i++)
            {
                _environments.Add(RunAsync(
                    handler,
                    () => RouteFunction.RunAsync(handler, settings, _clients, $"{gateway.Authority}/{handler}", log, _stopping.Token),
                    log,
                    gatewayStopping));
            }
        }
    }

    private void StartAuthorizer(AuthSettings auth, string runtimeApi, CancellationToken gatewayStopping)
    {
        var log = new FunctionLogger(_logging.CreateLogger($"ChatEvents.Routes.{AuthorizeFunction.Handler}"));
        for (var i = 0; i < EnvironmentsPerFunction; i++)
        {
            _environments.Add(RunAsync(
                AuthorizeFunction.Handler,
                () => AuthorizeFunction.RunAsync(() => auth, _clients, runtimeApi, log, time, _stopping.Token),
                log,
                gatewayStopping));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_environments);
        _logging.Dispose();
        _stopping.Dispose();
    }

    private static AwsClient ClientOf(LocalServers servers, string service) => RouteClients.Of(
        AwsEndpoint.FromEnvironment(service, servers.Environment.GetValueOrDefault),
        () =>
        {
            var keys = servers.Credentials.GetCredentials();
            return new AwsKeys(keys.AccessKey, keys.SecretKey, keys.UseToken ? keys.Token : null);
        });

    private async Task RunAsync(
        string handler, Func<Task> run, ILambdaLogger log, CancellationToken gatewayStopping)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await StartAsync(run);
            }
            catch (Exception) when (gatewayStopping.IsCancellationRequested)
            {
                // The gateway ended the wait for the next invocation, and there will be none.
                return;
            }
            catch (Exception e)
            {
                // As on Lambda: an environment that fails ends, and another one replaces it.
                log.LogError($"An environment of {handler} ended: {e.Message}");
                await Task.Delay(RestartDelay, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>
    /// A runtime loop takes over the console of its process when it is built, for a function that has the process to itself. Here all parts
    /// share the console, and every line would get the prefix of every environment.
    /// </summary>
    private Task StartAsync(Func<Task> run)
    {
        try
        {
            return run();
        }
        finally
        {
            Console.SetOut(_console.Out);
            Console.SetError(_console.Error);
        }
    }

    /// <summary>Writes the lines of a function to the common log.</summary>
    private sealed class FunctionLogger(ILogger logger) : ILambdaLogger
    {
        public void Log(string message) => LogLine(message);

        public void LogLine(string message) => Log(nameof(LogLevel.Information), message);

        public void Log(string level, string message) =>
            logger.Log(Enum.TryParse<LogLevel>(level, out var known) ? known : LogLevel.Information, "{Line}", message);
    }
}
