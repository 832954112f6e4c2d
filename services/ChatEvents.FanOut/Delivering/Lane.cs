using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// The messages that one connection is late for, in order. As long as there is a lane, every further message for the connection goes
/// to its end; else a retried message would be overtaken by the next one.
/// </summary>
internal sealed class Lane(Connection connection, DateTimeOffset since)
{
    private readonly Queue<MessageTally> _waiting = [];

    public Connection Connection { get; } = connection;

    public DateTimeOffset Since { get; } = since;

    /// <summary>More came in than the bounds allow: the connection is to be closed.</summary>
    public bool IsOverfull { get; set; }

    public int Messages => _waiting.Count;

    public long Bytes { get; private set; }

    public MessageTally Head => _waiting.Peek();

    public void Add(MessageTally tally)
    {
        _waiting.Enqueue(tally);
        Bytes += tally.Message.Body.Length;
    }

    public void RemoveHead() => Bytes -= _waiting.Dequeue().Message.Body.Length;
}
