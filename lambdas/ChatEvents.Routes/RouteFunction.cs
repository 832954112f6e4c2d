using System.Runtime.InteropServices;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport;
using ChatEvents.Contracts;
using ChatEvents.Routes.Authorizing;

namespace ChatEvents.Routes;

/// <summary>One execution environment of a route function: a handler that gets its calls from the Lambda Runtime API.</summary>
public static class RouteFunction
{
    // API Gateway waits 29 s for an answer, whatever the timeout of the function is.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(29);

    // The time that is left to post the answer when a call is given up; a guess.
    private static readonly TimeSpan AnswerMargin = TimeSpan.FromMilliseconds(500);

    /// <summary>The function for moderators, of several routes. There are moderators only where there is an authorizer.</summary>
    public const string Moderate = "moderate";

    /// <summary>
    /// The names of the route functions that every chat has: the values that <c>_HANDLER</c> can have besides <see cref="Moderate"/> and
    /// <see cref="AuthorizeFunction.Handler"/>.
    /// </summary>
    public static IReadOnlyList<string> Handlers { get; } =
        ["connect", "disconnect", "onMessage", "join", "leave", "who", "history", "remove", "default"];

    /// <summary>
    /// Serves the function that the environment variables describe, until the Lambda service ends the process. SIGTERM, by which a container
    /// is stopped, lets the call in hand end.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunFromEnvironmentAsync()
    {
        Console.WriteLine(ProgramVersion.Line);
        var handler = Environment.GetEnvironmentVariable("_HANDLER");
        var clients = RouteClients.FromEnvironment(Environment.GetEnvironmentVariable);
        using var stopping = new CancellationTokenSource();

        // The kernel ignores a signal for which the first process of a container has no handler, and .NET has none since version 10: stopping
        // would take ten seconds, and then lose the call in hand.
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stopping.Cancel();
        });
        try
        {
            await (handler == AuthorizeFunction.Handler
                ? AuthorizeFunction.RunAsync(
                    () => AuthSettings.FromEnvironment(Environment.GetEnvironmentVariable),
                    clients,
                    runtimeApi: null,
                    log: null,
                    TimeProvider.System,
                    stopping.Token)
                : RunAsync(
                    () => RouteService.Create(handler, RouteSettings.FromEnvironment(Environment.GetEnvironmentVariable), clients),
                    runtimeApi: null,
                    log: null,
                    stopping.Token));
            return 0;
        }
        catch (Exception exception) when (exception is InvalidSettingException or RuntimeApiClientException or HttpRequestException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    /// <summary>
    /// Serves one of <see cref="Handlers"/> or <see cref="Moderate"/> within a larger process, until it is stopped. The Runtime API is given by host, port and path,
    /// such as <c>localhost:8080/connect</c>.
    /// </summary>
    /// <exception cref="HttpRequestException">The Runtime API cannot be reached; the environment ends, as on Lambda.</exception>
    /// <exception cref="RuntimeApiClientException">The Runtime API refused a call; the environment ends, as on Lambda.</exception>
    public static Task RunAsync(
        string handler, RouteSettings settings, RouteClients clients, string runtimeApi, ILambdaLogger log, CancellationToken stopping) =>
        RunAsync(() => RouteService.Create(handler, settings, clients), runtimeApi, log, stopping);

    private static async Task RunAsync(
        Func<RouteService> createService, string? runtimeApi, ILambdaLogger? log, CancellationToken stopping)
    {
        // Created inside the loop, so that an invalid setting is reported to the Lambda service.
        RouteService? service = null;
        var loop = LambdaBootstrapBuilder
            .Create<RouteRequest, APIGatewayProxyResponse>(
                (request, context) => AnswerAsync(service!, request, context, log ?? context.Logger),
                new RouteSerializer())
            .UseBootstrapHandler(() =>
            {
                service = createService();
                return Task.FromResult(true);
            });
        await RuntimeLoop.RunAsync(loop, runtimeApi, stopping);
    }

    private static async Task<APIGatewayProxyResponse> AnswerAsync(
        RouteService service, RouteRequest request, ILambdaContext context, ILambdaLogger log)
    {
        var startedAt = TimeProvider.System.GetUtcNow();
        using var answering = new CancellationTokenSource(TimeToAnswer(context), TimeProvider.System);
        return await service.AnswerAsync(request, new RouteCall(log, TraceContext.FromXRay(context.TraceId), startedAt, answering.Token));
    }

    /// <summary>How long an answer is worth making.</summary>
    internal static TimeSpan TimeToAnswer(ILambdaContext context)
    {
        var remaining = context.RemainingTime < LongestWait ? context.RemainingTime : LongestWait;
        return remaining > AnswerMargin ? remaining - AnswerMargin : TimeSpan.Zero;
    }
}
