using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport;

namespace ChatEvents.Routes.Authorizing;

/// <summary>
/// One execution environment of the authorizer. It is separate from <see cref="RouteFunction"/>, so that the other functions load none
/// of the code that checks tokens.
/// </summary>
public static class AuthorizeFunction
{
    public const string Handler = "authorize";

    /// <summary>The log has this when something is out of reach without which nobody can decide. An alarm looks for it.</summary>
    public const string OutOfReach = "nobody with a token can connect";

    /// <summary>Serves the function for as long as the Lambda service lets it, or until it is stopped.</summary>
    /// <param name="settings">Throws <see cref="InvalidSettingException"/>, which is then reported to the Lambda service.</param>
    /// <param name="clients">Of the table of bans; of SSM and Secrets Manager, where a setting names what they hold.</param>
    /// <param name="runtimeApi">As for <see cref="RouteFunction"/>; null for the one that the environment names.</param>
    /// <param name="log">Null for the function's own.</param>
    /// <param name="time">The clock of tokens and keys.</param>
    /// <param name="stopping">Ends the wait for the next invocation.</param>
    public static async Task RunAsync(
        Func<AuthSettings> settings,
        RouteClients clients,
        string? runtimeApi,
        ILambdaLogger? log,
        TimeProvider time,
        CancellationToken stopping)
    {
        AuthorizeHandler? handler = null;
        var loop = LambdaBootstrapBuilder
            .Create<AuthorizerRequest, AuthorizerAnswer>(
                async (request, context) =>
                {
                    using var answering = new CancellationTokenSource(RouteFunction.TimeToAnswer(context), TimeProvider.System);
                    return await handler!.HandleAsync(request, log ?? context.Logger, answering.Token);
                },
                new AuthorizerSerializer())
            .UseBootstrapHandler(() =>
            {
                handler = Create(settings(), clients, time);
                return Task.FromResult(true);
            });
        await RuntimeLoop.RunAsync(loop, runtimeApi, stopping);
    }

    private static AuthorizeHandler Create(AuthSettings settings, RouteClients clients, TimeProvider time) =>
        new(
            settings,
            new TokenCheck(settings, new SigningKeys(KeySource.Of(settings, clients, time), time), time),
            new BanList(clients.DynamoDb, settings.BansTable, time));
}
