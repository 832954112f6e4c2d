using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut.Delivering;

/// <summary>A chat message on its way to the connections of its room.</summary>
public sealed class RoomMessage(string room, RenderedMessage rendered)
{
    public string Room => room;

    /// <summary>What is posted, the same to every connection.</summary>
    public RenderedMessage Rendered => rendered;

    public string Id => rendered.MessageId;

    public DateTimeOffset PostedAt { get; init; }

    /// <summary>Where the message stands in the room's log; empty until it is written there.</summary>
    public string Position { get; set; } = "";

    /// <summary>What became of it so far.</summary>
    public DeliveryTally Tally { get; } = new();
}
