using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Delivering;

/// <summary>The messages that one connection is late for, in order.</summary>
public sealed class Lane(Connection connection, IReadOnlyList<RoomMessage> messages, DateTimeOffset since)
{
    private int _settled;

    public Connection Connection => connection;

    /// <summary>When the connection became late.</summary>
    public DateTimeOffset Since => since;

    /// <summary>How often the first waiting message was posted.</summary>
    public int Attempts { get; set; }

    /// <summary>
    /// Whether no walk waits for it. A walk does wait while the account refuses posts, so this lane is late because of its client.
    /// </summary>
    public bool IsHandedOn { get; init; }

    /// <summary>The connection is gone or was closed: nothing reaches it any more.</summary>
    public bool IsOver { get; set; }

    /// <summary>What is neither delivered nor given up.</summary>
    public IEnumerable<RoomMessage> Waiting => messages.Skip(_settled);

    public int Messages => messages.Count - _settled;

    public long Bytes => Waiting.Sum(message => (long)(message.For(connection.Dialect)?.Body.Length ?? 0));

    /// <summary>The next message to post; only valid while there are <see cref="Messages"/>.</summary>
    public RoomMessage Head => messages[_settled];

    public void SettleHead()
    {
        _settled++;
        Attempts = 0;
    }
}
