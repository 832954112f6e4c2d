namespace ChatEvents.Queues;

/// <summary>
/// A message's place among the messages of its group in hand. They begin one by one in the order of the queue. A turn ends with its
/// handler, or earlier if the handler lets the next one begin. In any case, a message is settled as done only after all messages before it,
/// and when one is returned to the queue, the messages after it are returned too.
/// </summary>
public sealed class GroupTurn
{
    private readonly TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _concluded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The first place in a group. On a standard queue, every message has it.</summary>
    internal GroupTurn()
        : this(Task.CompletedTask, Task.FromResult(true))
    {
    }

    private GroupTurn(Task mayBegin, Task<bool> earlierHold) => (MayBegin, EarlierHold) = (mayBegin, earlierHold);

    /// <summary>Completes when the turn of the previous message has ended, or that message was returned.</summary>
    internal Task MayBegin { get; }

    /// <summary>Completes when the work on all earlier messages has ended: true if none of them will be delivered again.</summary>
    internal Task<bool> EarlierHold { get; }

    /// <summary>Lets the next message of the group begin before this one is finished. Further calls do nothing.</summary>
    public void Yield() => _next.TrySetResult();

    /// <summary>The next place.</summary>
    internal GroupTurn Behind() => new(_next.Task, _concluded.Task);

    /// <summary>A place that waits for the end of the work on this message, but does not depend on its outcome.</summary>
    internal GroupTurn Apart() => new(_concluded.Task, Task.FromResult(true));

    /// <summary>Ends the work; <paramref name="holds"/> is false if the message will be delivered again.</summary>
    internal void Conclude(bool holds)
    {
        _next.TrySetResult();
        _concluded.TrySetResult(holds);
    }
}
