namespace ChatEvents.Queues;

/// <summary>How the work on a message ended, and what happens to it.</summary>
internal enum WorkOutcome
{
    /// <summary>It is deleted.</summary>
    Done,

    /// <summary>It is returned after a delay that grows with its receive count.</summary>
    Failed,

    /// <summary>It is returned without a delay, so that it soon becomes a dead letter.</summary>
    Unreadable,

    /// <summary>It is returned because an earlier message of its group is.</summary>
    OutOfTurn,

    /// <summary>It is not ours any more; its next receiver does the work.</summary>
    LeaseLost,

    /// <summary>The pump gave it up; it is returned without a delay.</summary>
    Abandoned,
}

/// <summary>A message in hand: from its receive until it is settled.</summary>
internal sealed class HeldMessage(ReceivedMessage message, VisibilityLease lease)
{
    private const int NotDropped = -1;

    // Not disposed: it has neither a timer nor a link, and a lease may be lost while its message is being settled.
    private readonly CancellationTokenSource _dropped = new();
    private int _droppedBecause = NotDropped;

    public ReceivedMessage Message { get; } = message;

    public VisibilityLease Lease { get; } = lease;

    public GroupTurn Turn { get; set; } = new();

    /// <summary>The next message of its group, if in hand.</summary>
    public HeldMessage? Next { get; set; }

    /// <summary>Whether it is returned to the queue together with the messages after it.</summary>
    public bool GoesBack { get; set; }

    /// <summary>Tells the handler to stop.</summary>
    public CancellationToken Dropped => _dropped.Token;

    /// <summary>The first reason why it was dropped; null if it was not.</summary>
    public WorkOutcome? DroppedBecause => _droppedBecause is NotDropped ? null : (WorkOutcome)_droppedBecause;

    public void Drop(WorkOutcome because)
    {
        // Asynchronously, because callbacks of the handler must not run on a thread that renews leases or receives.
        if (Interlocked.CompareExchange(ref _droppedBecause, (int)because, NotDropped) is NotDropped) _ = _dropped.CancelAsync();
    }
}
