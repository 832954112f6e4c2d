namespace ChatEvents.Contracts;

/// <summary>Default queue names. Every queue has a dead-letter queue.</summary>
public static class QueueNames
{
    /// <summary>Standard queue of <see cref="ConnectionOpened"/> and <see cref="ConnectionClosed"/>.</summary>
    public const string Connections = "connections";

    public const string ConnectionsDeadLetters = "connections-dead-letters";

    /// <summary>FIFO queue of <see cref="MessagePosted"/>, message group = room.</summary>
    public const string Messages = "messages.fifo";

    public const string MessagesDeadLetters = "messages-dead-letters.fifo";

    /// <summary>FIFO queue of <see cref="WalkDivided"/>, message group = shard of the room.</summary>
    public const string Walks = "walks.fifo";

    public const string WalksDeadLetters = "walks-dead-letters.fifo";

    /// <summary>FIFO queue of <see cref="MessagesDelayed"/> and <see cref="MessagesMissed"/>, message group = connection.</summary>
    public const string Late = "late.fifo";

    public const string LateDeadLetters = "late-dead-letters.fifo";
}
