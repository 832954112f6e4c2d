using System.Threading.Channels;

namespace ChatEvents.Testing;

/// <summary>What a recording fake was asked to do, in order; a test can look back at it or wait for what comes next.</summary>
public sealed class Recorded<T>
{
    private readonly Lock _gate = new();
    private readonly List<T> _all = [];
    private readonly Channel<T> _new = Channel.CreateUnbounded<T>();

    public IReadOnlyList<T> All
    {
        get
        {
            lock (_gate) return [.. _all];
        }
    }

    /// <summary>Waits for the first that no earlier call returned.</summary>
    public async Task<T> NextAsync(CancellationToken cancellation) => await _new.Reader.ReadAsync(cancellation);

    public void Add(T item)
    {
        lock (_gate)
        {
            _all.Add(item);
            _new.Writer.TryWrite(item);
        }
    }
}
