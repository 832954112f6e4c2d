using System.Globalization;
using Amazon.Lambda.Core;
using ChatEvents.Contracts;

namespace ChatEvents.Routes.Authorizing;

/// <summary>Answers who connects: a user, a guest, nobody (401), or somebody who is banned (403).</summary>
internal sealed class AuthorizeHandler(AuthSettings settings, TokenCheck tokens, BanList bans)
{
    /// <exception cref="UnauthorizedException">The client has no token and needs one, or a wrong one.</exception>
    /// <exception cref="CannotAuthorizeException">Nobody knows whether the token is right, or whether its user is banned.</exception>
    public async Task<AuthorizerAnswer> HandleAsync(AuthorizerRequest request, ILambdaLogger log, CancellationToken answering)
    {
        try
        {
            var answer = HandshakeToken.FindIn(request) is { } token
                ? AnswerOf(await tokens.CheckAsync(token, log, answering), request)
                : AnswerOfGuest(request);
            if (await EndOfBanAsync(answer, request, answering) is { } end)
            {
                log.LogWarning(
                    $"Refused connection {request.ConnectionId} of {Quote.Of(answer.PrincipalId)} from {request.SourceAddress}: banned until {end:u}.");
                return answer with { IsAllowed = false, Context = [] };
            }

            log.LogInformation($"Connection {request.ConnectionId} from {request.SourceAddress} is {Quote.Of(answer.PrincipalId)}.");
            return answer;
        }
        catch (UnauthorizedException refused)
        {
            log.LogWarning($"Refused connection {request.ConnectionId} from {request.SourceAddress}: {refused.Reason}.");
            throw;
        }
    }

    private async Task<DateTimeOffset?> EndOfBanAsync(AuthorizerAnswer answer, AuthorizerRequest request, CancellationToken answering)
    {
        var isGuest = answer.Context.Any(member => member.Key == CallerContext.Guest);
        try
        {
            return await bans.EndOfBanAsync(isGuest ? null : answer.PrincipalId, request.SourceAddress, answering);
        }
        catch (Exception failure) when (ServiceFailure.IsIn(failure))
        {
            throw new CannotAuthorizeException($"The bans cannot be read: {failure.Message}", failure);
        }
    }

    private static AuthorizerAnswer AnswerOf(TokenUser user, AuthorizerRequest request)
    {
        var context = new List<KeyValuePair<string, string>>
        {
            new(CallerContext.Join, CallerContext.Write(user.Join)),
            new(CallerContext.Post, CallerContext.Write(user.Post)),
            new(CallerContext.Expires, user.ExpiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
        };
        context.Add(DialectOf(request));
        if (user.Name is not null) context.Add(new(CallerContext.Name, user.Name));
        if (user.IsModerator) context.Add(new(CallerContext.Role, Roles.Moderator));
        var answer = new AuthorizerAnswer(user.Id, IsAllowed: true, request.MethodArn, context);
        return AuthorizerSerializer.BytesOf(answer) is var bytes and > AuthorizerAnswer.MaxBytes
            ? throw new UnauthorizedException(
                $"the token's rooms make an answer of {bytes} bytes, but API Gateway takes {AuthorizerAnswer.MaxBytes}; use names that end in *")
            : answer;
    }

    private AuthorizerAnswer AnswerOfGuest(AuthorizerRequest request)
    {
        if (settings.Mode == AuthMode.Required) throw new UnauthorizedException("there is no token");
        var guest = GuestId.IsClient(request.Client)
            ? GuestId.OfClient(request.Client!, settings.GuestKey)
            : GuestId.OfConnection(request.ConnectionId, settings.GuestKey);
        var rights = CallerContext.Write(settings.OpenRooms ? RoomRights.All : RoomRights.None);
        return new AuthorizerAnswer(
            guest, IsAllowed: true, request.MethodArn,
            [new(CallerContext.Guest, guest), new(CallerContext.Join, rights), new(CallerContext.Post, rights), DialectOf(request)]);
    }

    private static KeyValuePair<string, string> DialectOf(AuthorizerRequest request) =>
        new(CallerContext.Dialect, Dialects.NameOf(Subprotocol.DialectOf(request.Subprotocols, request.Protocols)));
}
