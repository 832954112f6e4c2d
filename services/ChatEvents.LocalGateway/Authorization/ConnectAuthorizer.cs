using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Events;
using ChatEvents.LocalGateway.Functions;

namespace ChatEvents.LocalGateway.Authorization;

/// <summary>The Lambda authorizer of <c>$connect</c>, invoked once per connection.</summary>
internal sealed class ConnectAuthorizer(
    IFunction function, IReadOnlyList<IdentitySource> identitySources, ApiFacts api, Invoker invoker, Ids ids, TimeProvider time)
{
    /// <summary>The decision, and the facts with the authorizer's context if it accepts the client.</summary>
    public async Task<(ConnectDecision? Refusal, ConnectionFacts Facts)> DecideAsync(ConnectionFacts facts, ConnectRequest http)
    {
        var request = new RequestFacts(ids.NewGatewayId(), time.GetUtcNow());
        if (identitySources.FirstOrDefault(source => !source.IsIn(api, facts, request, http)) is { } missing)
            return (ConnectDecision.Unauthorized($"the identity source {missing.Kind}{missing.Name} is missing"), facts);

        var started = time.GetTimestamp();
        var result = await invoker.InvokeAsync(function, "authorizer", facts.Id, AuthorizerEvent.Build(api, facts, request, http));
        if (result.Outcome != InvocationOutcome.Returned)
        {
            // This exact error text means 401.
            return result.Error!.Message == "Unauthorized"
                ? (ConnectDecision.Unauthorized("by the authorizer"), facts)
                : (ConnectDecision.AuthorizerFailed(result.Error.ToString()), facts);
        }

        if (AuthorizerAnswer.Parse(result.Payload, time.GetElapsedTime(started), out var fault) is not { } answer)
            return (ConnectDecision.AuthorizerFailed($"the authorizer's answer {fault}"), facts);

        var conditions = new PolicyConditions(facts, http, time.GetUtcNow());
        return answer.Policy.Allows(api.ConnectArn, conditions) switch
        {
            true => (null, facts with { Authorizer = answer.Context }),
            false => (ConnectDecision.DeniedByPolicy(api.ConnectArn), facts),
            null => (ConnectDecision.AuthorizerFailed($"the authorizer's policy {conditions.Fault}"), facts),
        };
    }
}
