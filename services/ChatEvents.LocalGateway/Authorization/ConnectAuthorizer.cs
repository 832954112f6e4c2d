using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Events;
using ChatEvents.LocalGateway.Functions;

namespace ChatEvents.LocalGateway.Authorization;

/// <summary>The Lambda authorizer of <c>$connect</c>, invoked once per connection.</summary>
internal sealed class ConnectAuthorizer(
    IFunction function, IReadOnlyList<IdentitySource> identitySources, ApiFacts api, Invoker invoker, Ids ids, TimeProvider time)
{
    /// <summary>The decision, and the facts with the authorizer's context when it lets the client in.</summary>
    public async Task<(ConnectDecision? Refusal, ConnectionFacts Facts)> DecideAsync(ConnectionFacts facts, ConnectRequest http)
    {
        if (identitySources.FirstOrDefault(source => !source.IsIn(http)) is { } missing)
            return (ConnectDecision.Unauthorized($"the handshake has no {missing.Name}"), facts);

        var started = time.GetTimestamp();
        var @event = AuthorizerEvent.Build(api, facts, new RequestFacts(ids.NewGatewayId(), time.GetUtcNow()), http);
        var result = await invoker.InvokeAsync(function, "authorizer", facts.Id, @event);
        if (result.Outcome != InvocationOutcome.Returned)
        {
            // This exact error text means 401.
            return result.Error!.Message == "Unauthorized"
                ? (ConnectDecision.Unauthorized("by the authorizer"), facts)
                : (ConnectDecision.AuthorizerFailed(result.Error.ToString()), facts);
        }

        if (AuthorizerAnswer.Parse(result.Payload, api.ConnectArn, time.GetElapsedTime(started)) is not { } answer)
            return (
                ConnectDecision.AuthorizerFailed("the authorizer's answer has no principalId and policyDocument, or is too large"), facts);
        return answer.Allows
            ? (null, facts with { Authorizer = answer.Context })
            : (ConnectDecision.DeniedByPolicy(api.ConnectArn), facts);
    }
}
