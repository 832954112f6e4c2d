using System.Collections.Concurrent;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.Queues;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Reach;

/// <summary>
/// Whether the gateway can be reached. While it cannot, messages are held and the queues' gate is closed; docs/fan-out.md has the timeline.
/// </summary>
public sealed partial class GatewayReach(
    IConnectionPoster poster,
    QueueGate gate,
    FanOutMeters meters,
    IOptions<FanOutOptions> options,
    TimeProvider time,
    Func<double> jitter,
    ILogger<GatewayReach> logger)
    : IDisposable
{
    /// <summary>A connection that cannot exist: the form of an id, but not random.</summary>
    private const string NoConnection = "AAAAAAAAAAAAAAA=";

    private static readonly RenderedMessage NoMessage = new("none", "");

    private readonly ConcurrentDictionary<CallbackEndpoint, EndpointReach> _endpoints = [];
    private readonly bool _isConfigured = options.Value.CallbackEndpoint is { Length: > 0 };
    private readonly Lock _reviewing = new();
    private readonly CancellationTokenSource _ending = new();

    internal TimeProvider Time => time;

    internal Func<double> Jitter => jitter;

    /// <summary>Ends all questions.</summary>
    internal CancellationToken Ending => _ending.Token;

    public EndpointReach Of(CallbackEndpoint endpoint) => _endpoints.TryGetValue(endpoint, out var reach)
        ? reach
        : _endpoints.GetOrAdd(endpoint, new EndpointReach(endpoint, this, _isConfigured));

    public void Dispose() => _ending.Cancel(); // not disposed of: those who ask look at it once more

    /// <summary>One request that is answered at once, and that no client notices: a post to a connection that is not there.</summary>
    /// <param name="endpoint">Whom to ask.</param>
    /// <param name="patience">For how long at most, if that is shorter than for any post.</param>
    internal async Task<Delivery> AskAsync(CallbackEndpoint endpoint, TimeSpan patience)
    {
        using var givingUp = new CancellationTokenSource(patience, time);
        meters.CountUnderWay(1);
        try
        {
            return await poster.PostAsync(new Connection(NoConnection, endpoint, time.GetUtcNow()), NoMessage, givingUp.Token);
        }
        catch (OperationCanceledException) when (givingUp.IsCancellationRequested)
        {
            return new Delivery(DeliveryOutcome.Failed, Reason: $"no answer within {patience.TotalSeconds:0} s");
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return new Delivery(DeliveryOutcome.Failed, Reason: failure.Message); // else nobody would ask again
        }
        finally
        {
            meters.CountUnderWay(-1);
        }
    }

    /// <summary>Whether posts to some other endpoint succeed, so that a walk need not wait for this one.</summary>
    internal bool IsAnotherAnswering(EndpointReach than) =>
        _endpoints.Values.Any(other => other != than && other.IsAnsweringLately);

    /// <summary>To be called whenever the trouble of an endpoint has changed, and again and again while there is some.</summary>
    internal void Review()
    {
        lock (_reviewing)
        {
            var all = _endpoints.Values.ToList();
            var trusted = all.FindAll(endpoint => endpoint.IsTrusted);

            // Where posts fail but questions are answered, other messages may still be delivered, and so end the outage.
            gate.Set(
                all.Exists(endpoint => endpoint.IsAnsweringLately) ? null : all.Find(endpoint => endpoint.Trouble is not null)?.Trouble,
                isClosed: trusted.Count > 0 && trusted.TrueForAll(endpoint => endpoint.IsSilent));
        }
    }

    internal void TellBegin(CallbackEndpoint endpoint, string? reason) => OutOfReach(endpoint, reason);

    internal void TellEnd(CallbackEndpoint endpoint, TimeSpan length) => GoesOn(endpoint, length.TotalSeconds);

    [LoggerMessage(LogLevel.Warning,
        "No post to the gateway at {Endpoint} is answered ({Reason}). Its messages are held, and it is asked until it is back.")]
    private partial void OutOfReach(CallbackEndpoint endpoint, string? reason);

    [LoggerMessage(LogLevel.Information, "Posts to the gateway at {Endpoint} go on after {Seconds:0.0} s.")]
    private partial void GoesOn(CallbackEndpoint endpoint, double seconds);
}
