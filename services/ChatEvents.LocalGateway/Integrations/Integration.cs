using ChatEvents.LocalGateway.Functions;

namespace ChatEvents.LocalGateway.Integrations;

/// <summary>What a route does: invoke a function, answer by itself, or call a web server.</summary>
internal abstract class Integration
{
    /// <summary>What the log calls it.</summary>
    public abstract string Name { get; }

    /// <summary>Copies what it needs of the body before it returns its task.</summary>
    public abstract Task<IntegrationAnswer> InvokeAsync(RouteCall call);
}

/// <summary>How an integration ended: with an answer, or with an error.</summary>
internal readonly record struct IntegrationAnswer(InvocationOutcome Outcome, ProxyResponse? Response, FunctionError? Error = null)
{
    public static IntegrationAnswer Returned(ProxyResponse response) => new(InvocationOutcome.Returned, response);

    public static IntegrationAnswer Failed(string type, string message) => new(InvocationOutcome.Failed, null, new FunctionError(type, message));
}
