using System.Diagnostics.CodeAnalysis;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>Connections that are all dealt with before the progress moves past them.</summary>
internal sealed class Stretch(List<Connection> connections, WalkPosition end)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _undone = connections.Count;
    private int _taken;

    public int Count => connections.Count;

    /// <summary>Where to go on when this stretch is done.</summary>
    public WalkPosition End => end;

    /// <summary>Completes when every connection was dealt with.</summary>
    public Task Done => _done.Task;

    /// <summary>For one caller at a time.</summary>
    public bool TryTake([NotNullWhen(true)] out Connection? connection)
    {
        connection = _taken < connections.Count ? connections[_taken++] : null;
        return connection is not null;
    }

    public void CountDone()
    {
        if (Interlocked.Decrement(ref _undone) == 0)
            _done.TrySetResult();
    }
}
