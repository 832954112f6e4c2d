using System.Net.Http.Json;
using System.Text.Json;

namespace ChatEvents.Bench.Abusing;

/// <summary>
/// How long the route functions are busy, all environments together, by looking a hundred times a second how many of them wait for work.
/// </summary>
internal sealed class FunctionTime(Uri gateway) : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10);

    private readonly HttpClient _http = new() { BaseAddress = gateway };
    private int _environments;

    public async Task<int> WaitingAsync(CancellationToken cancellation)
    {
        var health = await _http.GetFromJsonAsync<JsonElement>("/_gateway/health", cancellation);
        var waiting = health.GetProperty("waitingEnvironments").EnumerateObject().Sum(function => function.Value.GetInt32());
        _environments = Math.Max(_environments, waiting);
        return waiting;
    }

    /// <summary>Looks until it is told to stop.</summary>
    public async Task<TimeSpan> MeasureAsync(CancellationToken stopping)
    {
        var (time, busy) = (TimeProvider.System, TimeSpan.Zero);
        try
        {
            for (var last = time.GetTimestamp(); ; await Task.Delay(Between, time, stopping))
            {
                var waiting = await WaitingAsync(stopping);
                var now = time.GetTimestamp();
                busy += (_environments - waiting) * time.GetElapsedTime(last, now);
                last = now;
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return busy;
        }
    }

    public void Dispose() => _http.Dispose();
}
