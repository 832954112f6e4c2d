namespace ChatEvents.Load.Clients;

/// <summary>What a client says and understands, over all of its connections.</summary>
internal interface ITalk
{
    string? Subprotocol { get; }

    /// <summary>More of the URL's query.</summary>
    string Query { get; }

    string FrameOf(int number);

    /// <summary>The connection broke while the frame was sent.</summary>
    void Lose(int number);

    /// <returns>What is to be sent now; null for nothing.</returns>
    string? Hear(ReadOnlyMemory<byte> frame, long at);

    /// <summary>What to send on a new connection, or when something seems to be missing.</summary>
    IEnumerable<string> CatchUp();
}
