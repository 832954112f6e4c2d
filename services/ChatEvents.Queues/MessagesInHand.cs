namespace ChatEvents.Queues;

/// <summary>All messages in hand, by id, and the groups that they form.</summary>
internal sealed class MessagesInHand
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HeldMessage> _byId = [];
    private readonly Dictionary<string, HeldMessage> _lastOfGroup = [];

    /// <summary>
    /// Adds a message behind those of its group. False where it is in hand already: then SQS gave it out again because it took the
    /// lease for over, the newest receipt wins, and the work goes on; it is not begun twice.
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

    /// <summary>The message goes back to the queue, and with it all of its group that came after it.</summary>
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
            // Its whole group had to go back and was already given out again, before the handlers there have stopped.
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
