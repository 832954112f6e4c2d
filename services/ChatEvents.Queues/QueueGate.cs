namespace ChatEvents.Queues;

/// <summary>
/// Whether something that all handlers of a worker need is there. While it is not, no more messages are taken; those in hand are held by
/// their handlers, which costs no receives.
/// </summary>
public sealed class QueueGate
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _opening;

    /// <summary>What is out of reach, in one sentence; null if nothing is.</summary>
    public string? Trouble { get; private set; }

    public bool IsOpen
    {
        get
        {
            lock (_gate) return _opening is null;
        }
    }

    /// <param name="trouble">The sentence, or null.</param>
    /// <param name="isClosed">Whether no more messages are taken. An open gate can be troubled: new work may find out more.</param>
    public void Set(string? trouble, bool isClosed)
    {
        TaskCompletionSource? opened = null;
        lock (_gate)
        {
            Trouble = trouble;
            if (isClosed)
                _opening ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            else
                (opened, _opening) = (_opening, null);
        }

        opened?.TrySetResult();
    }

    public Task WaitUntilOpenAsync(CancellationToken stopping)
    {
        lock (_gate) return _opening is { } opening ? opening.Task.WaitAsync(stopping) : Task.CompletedTask;
    }
}
