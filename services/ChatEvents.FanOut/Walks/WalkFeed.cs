using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// Hands a stretch's connections to whichever loop is free. Not a channel: nearly every take succeeds at once, and a channel would wake
/// all waiting loops for each single connection.
/// </summary>
internal sealed class WalkFeed
{
    private readonly Lock _gate = new();
    private readonly Queue<Stretch> _waiting = [];
    private TaskCompletionSource _more = NewSignal();
    private Stretch? _current;
    private bool _ended;

    public void Add(Stretch stretch)
    {
        lock (_gate)
        {
            _waiting.Enqueue(stretch);
            _more.TrySetResult();
        }
    }

    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            _more.TrySetResult();
        }
    }

    /// <summary>
    /// The next connection and its stretch. When there is none now, <paramref name="more"/> completes when it is worth asking again;
    /// when there will be none, it is null.
    /// </summary>
    public Stretch? TryTake(out Connection connection, out Task? more)
    {
        lock (_gate)
        {
            while (true)
            {
                if (_current?.TryTake(out connection!) == true)
                {
                    more = null;
                    return _current;
                }

                if (!_waiting.TryDequeue(out _current))
                    break;
            }

            if (!_ended && _more.Task.IsCompleted)
                _more = NewSignal();
            more = _ended ? null : _more.Task;
            connection = null!;
            return null;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
