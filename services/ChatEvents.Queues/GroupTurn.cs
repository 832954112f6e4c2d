namespace ChatEvents.Queues;

/// <summary>
/// A message's place among those of its group that are in hand. They begin one after the other in the queue's order; a turn ends with
/// its handler, or earlier, when the handler says that the next may begin. Whatever the turns, a message is settled as done only after
/// all before it, and when one goes back to the queue, so do those after it.
/// </summary>
public sealed class GroupTurn
{
    private readonly TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _concluded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The first of a group; on a queue without order, that is every message.</summary>
    internal GroupTurn()
        : this(Task.CompletedTask, Task.FromResult(true))
    {
    }

    private GroupTurn(Task mayBegin, Task<bool> earlierHold) => (MayBegin, EarlierHold) = (mayBegin, earlierHold);

    /// <summary>Ends when the message before has ended its turn, or went back to the queue.</summary>
    internal Task MayBegin { get; }

    /// <summary>Ends when the work on all messages before has: true if none of them comes again.</summary>
    internal Task<bool> EarlierHold { get; }

    /// <summary>Lets the next message of the group begin before this one is finished. Once is enough; more do nothing.</summary>
    public void Yield() => _next.TrySetResult();

    /// <summary>The place behind this one.</summary>
    internal GroupTurn Behind() => new(_next.Task, _concluded.Task);

    /// <summary>A place that is not bound to what becomes of this one, but still waits until its work is over.</summary>
    internal GroupTurn Apart() => new(_concluded.Task, Task.FromResult(true));

    /// <summary>The work is over; <paramref name="holds"/> says whether the order is kept, or the message comes again.</summary>
    internal void Conclude(bool holds)
    {
        _next.TrySetResult();
        _concluded.TrySetResult(holds);
    }
}
