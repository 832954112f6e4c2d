namespace ChatEvents.Testing;

/// <summary>Frames or lines that somebody received, in order, with a way to wait for them.</summary>
public sealed class Inbox
{
    private readonly List<string> _all = [];
    private TaskCompletionSource _more = NewSignal();
    private bool _hasEnded;

    public void Add(string item) => Change(() => _all.Add(item));

    /// <summary>There will be no more: waiting for more fails at once.</summary>
    public void End() => Change(() => _hasEnded = true);

    public IReadOnlyList<string> All()
    {
        lock (_all)
        {
            return [.. _all];
        }
    }

    /// <summary>Those behind the first ones, for who has read as many.</summary>
    public IReadOnlyList<string> Behind(int count)
    {
        lock (_all) return _all.GetRange(count, _all.Count - count);
    }

    public Task<IReadOnlyList<string>> WaitForAsync(int count, CancellationToken cancellation) =>
        UntilAsync(received => received.Count >= count, cancellation);

    /// <summary>Waits until what was received satisfies the condition.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    /// <exception cref="InvalidOperationException">There will be no more.</exception>
    public async Task<IReadOnlyList<string>> UntilAsync(Func<IReadOnlyList<string>, bool> isEnough, CancellationToken cancellation)
    {
        while (true)
        {
            Task more;
            lock (_all)
            {
                if (isEnough(_all))
                {
                    return [.. _all];
                }

                if (_hasEnded)
                {
                    throw new InvalidOperationException($"No more will arrive; {Described()}");
                }

                more = _more.Task;
            }

            try
            {
                await more.WaitAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Not all arrived; {Described()}");
            }
        }
    }

    private void Change(Action change)
    {
        lock (_all)
        {
            change();
            _more.TrySetResult();
            _more = NewSignal();
        }
    }

    private string Described()
    {
        var all = All();
        return $"those that did are {all.Count}, the last of them:\n{string.Join('\n', all.TakeLast(100))}";
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
