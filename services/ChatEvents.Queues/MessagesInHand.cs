namespace ChatEvents.Queues;

/// <summary>All messages in hand, by id and by group.</summary>
internal sealed class MessagesInHand
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HeldMessage> _byId = [];
    private readonly Dictionary<string, HeldMessage> _lastOfGroup = [];

    /// <summary>
    /// Adds a message after those of its group. False if it is in hand already: SQS considered the lease expired and delivered it again.
    /// Then the work continues with the new receipt and is not started twice.
    /// </summary>
    public bool TryAdd(HeldMessage held)
    {
        lock (_gate)
        {
            if (_byId.TryGetValue(held.Message.MessageId, out var same) && same.Lease.TryAdopt(held.Message.Receipt)) return false;
            _byId[held.Message.MessageId] = held;
            if (held.Message.GroupId is { } group) AddToGroup(held, group);
            return true;
        }
    }

    /// <summary>Returns the message to the queue, and all messages of its group after it.</summary>
    public void SendBackWithFollowers(HeldMessage first)
    {
        lock (_gate)
        {
            first.GoesBack = true;
            for (var follower = first.Next; follower is not null; follower = follower.Next)
            {
                follower.GoesBack = true;
                follower.Drop(WorkOutcome.OutOfTurn);
            }
        }
    }

    public void Remove(HeldMessage held)
    {
        lock (_gate)
        {
            if (_byId.GetValueOrDefault(held.Message.MessageId) == held) _byId.Remove(held.Message.MessageId);
            if (held.Message.GroupId is { } group && _lastOfGroup.GetValueOrDefault(group) == held) _lastOfGroup.Remove(group);
        }
    }

    private void AddToGroup(HeldMessage held, string group)
    {
        if (_lastOfGroup.TryGetValue(group, out var last) && last.GoesBack)
        {
            // The whole group had to be returned, and was delivered again before its handlers have stopped.
            held.Turn = last.Turn.Apart();
        }
        else if (last is not null)
        {
            held.Turn = last.Turn.Behind();
            last.Next = held;
        }

        _lastOfGroup[group] = held;
    }
}
