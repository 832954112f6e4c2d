using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport;
using ChatEvents.Contracts;
using ChatEvents.Routes.Authorizing;
using ChatEvents.Routes.Rooms;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes;

/// <summary>One execution environment of a route function: a handler that gets its calls from the Lambda Runtime API.</summary>
public static class RouteFunction
{
    // API Gateway waits 29 s for an answer, whatever the timeout of the function is.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(29);

    // The time that is left to post the answer when a call is given up; a guess.
    private static readonly TimeSpan AnswerMargin = TimeSpan.FromMilliseconds(500);

    /// <summary>The names of the route functions: the values that <c>_HANDLER</c> can have beside <see cref="AuthorizeFunction.Handler"/>.</summary>
    public static IReadOnlyList<string> Handlers { get; } = ["connect", "disconnect", "onMessage", "join", "leave", "who", "default"];

    /// <summary>Serves the function that the environment variables describe, until the Lambda service ends the process.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunFromEnvironmentAsync()
    {
        var handler = Environment.GetEnvironmentVariable("_HANDLER");
        var clients = RouteClients.FromEnvironment(Environment.GetEnvironmentVariable);
        try
        {
            await (handler == AuthorizeFunction.Handler
                ? AuthorizeFunction.RunAsync(
                    () => AuthSettings.FromEnvironment(Environment.GetEnvironmentVariable),
                    clients,
                    runtimeApi: null,
                    log: null,
                    TimeProvider.System,
                    CancellationToken.None)
                : RunAsync(
                    () => CreateHandler(handler, RouteSettings.FromEnvironment(Environment.GetEnvironmentVariable), clients),
                    runtimeApi: null,
                    log: null,
                    CancellationToken.None));
            return 0;
        }
        catch (Exception exception) when (exception is InvalidSettingException or RuntimeApiClientException or HttpRequestException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    /// <summary>
    /// Serves one of <see cref="Handlers"/> within a larger process, until it is stopped. The Runtime API is given by host, port and path,
    /// such as <c>localhost:8080/connect</c>.
    /// </summary>
    /// <exception cref="HttpRequestException">The Runtime API cannot be reached; the environment ends, as on Lambda.</exception>
    /// <exception cref="RuntimeApiClientException">The Runtime API refused a call; the environment ends, as on Lambda.</exception>
    public static Task RunAsync(
        string handler, RouteSettings settings, RouteClients clients, string runtimeApi, ILambdaLogger log, CancellationToken stopping) =>
        RunAsync(() => CreateHandler(handler, settings, clients), runtimeApi, log, stopping);

    private static async Task RunAsync(
        Func<IRouteHandler> createHandler, string? runtimeApi, ILambdaLogger? log, CancellationToken stopping)
    {
        // Created inside the loop, so that an invalid setting is reported to the Lambda service.
        IRouteHandler? handler = null;
        using var bootstrap = LambdaBootstrapBuilder
            .Create<RouteRequest, APIGatewayProxyResponse>(
                (request, context) => AnswerAsync(handler!, request, context, log ?? context.Logger),
                new RouteSerializer())
            .UseBootstrapHandler(() =>
            {
                handler = createHandler();
                return Task.FromResult(true);
            })
            .ConfigureOptions(options => options.RuntimeApiEndpoint = runtimeApi)
            .Build();
        await bootstrap.RunAsync(stopping);
    }

    private static IRouteHandler CreateHandler(string? name, RouteSettings settings, RouteClients clients)
    {
        return name switch
        {
            "connect" => new ConnectHandler(Events(), new BanList(clients.DynamoDb, settings.BansTable, TimeProvider.System), settings),
            "disconnect" => new DisconnectHandler(Events()),
            "onMessage" => new OnMessageHandler(Events(), Members(), settings),
            "join" => new JoinHandler(Change(), clients.Rate),
            "leave" => new LeaveHandler(Change(), clients.Rate),
            "who" => new WhoHandler(Members(), Registry(), clients.Presence, clients.Rate),
            "default" => new DefaultHandler(),
            _ => throw new InvalidSettingException(
                $"_HANDLER must be one of {string.Join(", ", Handlers)}, {AuthorizeFunction.Handler}, but is {Quote.Of(name ?? "")}."),
        };

        RouteEventSender Events() => new(clients.Sqs(), settings.Queues);
        RegistryReader Registry() => new(clients.DynamoDb, settings, TimeProvider.System);
        RoomMembers Members() => new(Registry(), settings, TimeProvider.System);
        MembershipChange Change() => new(Events(), Members(), settings);
    }

    private static async Task<APIGatewayProxyResponse> AnswerAsync(
        IRouteHandler handler, RouteRequest request, ILambdaContext context, ILambdaLogger log)
    {
        var startedAt = TimeProvider.System.GetUtcNow();
        using var answering = new CancellationTokenSource(TimeToAnswer(context), TimeProvider.System);
        try
        {
            request.RequireValidToken();
            return await handler.HandleAsync(
                request, new RouteCall(log, TraceContext.FromXRay(context.TraceId), startedAt, answering.Token));
        }
        catch (BadFrameException bad)
        {
            log.LogInformation($"Refused a frame of connection {request.RequestContext?.ConnectionId}: {bad.Message}");
            return ErrorFrame.Answer(bad.StatusCode, request.RequestContext?.RequestId, bad.Message, bad.Expected);
        }
    }

    /// <summary>How long an answer is worth making.</summary>
    internal static TimeSpan TimeToAnswer(ILambdaContext context)
    {
        var remaining = context.RemainingTime < LongestWait ? context.RemainingTime : LongestWait;
        return remaining > AnswerMargin ? remaining - AnswerMargin : TimeSpan.Zero;
    }
}
