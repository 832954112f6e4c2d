namespace ChatEvents.Queues;

/// <summary>How the work on a message ended, and so what becomes of it.</summary>
internal enum WorkOutcome
{
    /// <summary>It is deleted.</summary>
    Done,

    /// <summary>It is returned after a delay that grows with its receive count.</summary>
    Failed,

    /// <summary>It is returned at once, to become a dead letter soon.</summary>
    Unreadable,

    /// <summary>An earlier message of its group goes back, so it is returned too.</summary>
    OutOfTurn,

    /// <summary>It was not ours any more; whoever receives it next does the work.</summary>
    LeaseLost,

    /// <summary>The pump had to let go of it; it is returned at once.</summary>
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

    /// <summary>The next of its group, if that is in hand as well.</summary>
    public HeldMessage? Next { get; set; }

    /// <summary>Whether it goes back to the queue in such a way that those behind it must, too.</summary>
    public bool GoesBack { get; set; }

    /// <summary>Tells the handler to stop.</summary>
    public CancellationToken Dropped => _dropped.Token;

    /// <summary>The first reason for which it was dropped, if it was.</summary>
    public WorkOutcome? DroppedBecause => _droppedBecause is NotDropped ? null : (WorkOutcome)_droppedBecause;

    public void Drop(WorkOutcome because)
    {
        // Asynchronously, because whatever the handler registered must not run on a thread that renews leases or receives.
        if (Interlocked.CompareExchange(ref _droppedBecause, (int)because, NotDropped) is NotDropped) _ = _dropped.CancelAsync();
    }
}
