using Amazon.Lambda.Core;
using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>Answers the calls of one route. One instance serves all calls of an environment.</summary>
internal interface IRouteHandler
{
    Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call);
}

/// <summary>The context of one call of a route.</summary>
/// <param name="Log">The function's log.</param>
/// <param name="Trace">The trace that the call belongs to; the published event continues it.</param>
/// <param name="StartedAt">When the function began to work on it.</param>
/// <param name="Answering">Cancelled when an answer would come too late.</param>
internal sealed record RouteCall(ILambdaLogger Log, TraceContext Trace, DateTimeOffset StartedAt, CancellationToken Answering)
{
    /// <summary>What a read has told of the client: one read, and one wait, are enough for a call.</summary>
    public Speaker? Speaker { get; set; }
}
