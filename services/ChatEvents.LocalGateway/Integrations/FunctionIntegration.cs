using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Events;
using ChatEvents.LocalGateway.Functions;

namespace ChatEvents.LocalGateway.Integrations;

/// <summary>Lambda proxy integration.</summary>
internal sealed class FunctionIntegration(IFunction function, ApiFacts api, AnswerOptions answers, Invoker invoker) : Integration
{
    public override string Name => function.Name;

    public override async Task<IntegrationAnswer> InvokeAsync(RouteCall call)
    {
        var result = await invoker.InvokeAsync(function, call.RouteKey, call.Connection.Id, BuildEvent(call));
        if (result.Outcome != InvocationOutcome.Returned)
            return new IntegrationAnswer(result.Outcome, null, result.Error);
        return ProxyResponse.TryParse(result.Payload, answers, out var response, out var fault)
            ? IntegrationAnswer.Returned(response)
            : IntegrationAnswer.Failed("MalformedProxyResponse", fault);
    }

    private byte[] BuildEvent(RouteCall call) => call.EventType switch
    {
        "CONNECT" => ConnectEvent.Build(api, call.Connection, call.Request, call.Http!),
        "MESSAGE" => MessageEvent.Build(api, call.Connection, call.Request, call.RouteKey, call.MessageId!, call.Body),
        _ => DisconnectEvent.Build(api, call.Connection, call.Request, call.Status),
    };
}
