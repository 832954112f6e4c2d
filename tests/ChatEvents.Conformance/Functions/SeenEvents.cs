using System.Text.Json;

namespace ChatEvents.Conformance.Functions;

/// <summary>An event that a function of the target received.</summary>
internal sealed record SeenEvent(string Function, JsonElement Event)
{
    public JsonElement Context => Event.TryGetProperty("requestContext", out var context) ? context : default;

    public string? ConnectionId => Context.ValueKind == JsonValueKind.Object && Context.TryGetProperty("connectionId", out var id) ? id.ToString() : null;

    /// <summary>Deployed functions report only the beginning of long bodies, and the length.</summary>
    public int? BodyLength => Event.TryGetProperty("bodyLength", out var length) ? length.GetInt32() : Body?.Length;

    public string? Body => Event.TryGetProperty("body", out var body) ? body.ToString() : null;
}

/// <summary>All events so far, and the wait for one.</summary>
internal sealed class SeenEvents
{
    private readonly Lock _gate = new();
    private readonly List<SeenEvent> _events = [];
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(string function, JsonElement @event)
    {
        lock (_gate)
        {
            _events.Add(new SeenEvent(function, @event));
            _added.SetResult();
            _added = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public IReadOnlyList<SeenEvent> Of(string function, string? connectionId)
    {
        lock (_gate)
            return [.. _events.Where(seen => seen.Function == function && (connectionId is null || seen.ConnectionId == connectionId))];
    }

    public async Task<SeenEvent> FirstAsync(Func<SeenEvent, bool> wanted, CancellationToken cancellation)
    {
        while (true)
        {
            Task added;
            lock (_gate)
            {
                if (_events.Find(seen => wanted(seen)) is { } found)
                    return found;
                added = _added.Task;
            }

            await added.WaitAsync(cancellation);
        }
    }
}
