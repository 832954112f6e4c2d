using System.Diagnostics.Metrics;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>
/// The posts that a worker has begun and that have not ended. While there are some, a clock of a test should stand still: on a machine
/// under load they would else come to their time limit.
/// </summary>
internal sealed class PostsUnderWay : IDisposable
{
    private const string Instrument = "chatevents.posts.in_flight";

    private readonly RecordingMeters _meters;

    /// <param name="worker">To be listened to before it posts.</param>
    public PostsUnderWay(WebApplication worker)
    {
        var factory = worker.Services.GetRequiredService<IMeterFactory>();
        _meters = new RecordingMeters(instrument => instrument.Name == Instrument && ReferenceEquals(instrument.Meter.Scope, factory));
    }

    public bool AreThere => _meters.Ask(Instrument) > 0;

    public void Dispose() => _meters.Dispose();
}
