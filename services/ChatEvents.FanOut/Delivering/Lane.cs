using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Delivering;

/// <summary>The messages that one connection is late for, in order.</summary>
public sealed class Lane(Connection connection, IReadOnlyList<MessageTally> messages, DateTimeOffset since)
{
    private int _settled;

    public Connection Connection => connection;

    /// <summary>When the connection became late.</summary>
    public DateTimeOffset Since => since;

    /// <summary>How often the message at the head was posted.</summary>
    public int Attempts { get; set; }

    /// <summary>What the walk's progress has to keep up with; null when no walk's progress tells of the lane.</summary>
    public UnsavedLanes? Unsaved { get; init; }

    /// <summary>Whether no walk waits for it: a walk does for as long as the account refuses posts, so this is about the client.</summary>
    public bool IsHandedOn { get; init; }

    /// <summary>The connection is gone or was closed: nothing reaches it any more.</summary>
    public bool IsOver { get; set; }

    /// <summary>What is neither delivered nor given up.</summary>
    public IEnumerable<MessageTally> Waiting => messages.Skip(_settled);

    public int Messages => messages.Count - _settled;

    public long Bytes => Waiting.Sum(tally => (long)tally.Message.Body.Length);

    /// <summary>The message whose turn it is; to be asked for while there are <see cref="Messages"/>.</summary>
    public MessageTally Head => messages[_settled];

    public void SettleHead()
    {
        _settled++;
        Attempts = 0;
    }
}
