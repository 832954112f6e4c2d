using ChatEvents.Consumers;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Senders;

/// <summary>
/// Tells senders what became of their messages, by frames of their own, and disconnects them. In the background and once: neither the room
/// of a message nor its queue waits for the sender, who may read slowly.
/// </summary>
public sealed partial class SenderFrames(RoomPages pages, PacedPoster poster, ILogger<SenderFrames> logger) : IBackgroundWork
{
    /// <summary>Of frames under way; further ones are dropped. Arbitrary.</summary>
    private const int MaxAtOnce = 100;

    private readonly WorkUnderWay _underWay = new();

    /// <summary>Posts an error frame to the connection that a message came from.</summary>
    public void Tell(MessagePosted posted, ErrorFrame error) => Begin(
        posted.ConnectionId, connection => PostAsync(connection, FrameOf(error, posted, connection)));

    /// <summary>Posts a last error frame, and closes the connection.</summary>
    public void Disconnect(MessagePosted posted, ErrorFrame error) => Begin(posted.ConnectionId, async connection =>
    {
        await PostAsync(connection, FrameOf(error, posted, connection));
        var closed = await poster.CloseAsync(connection, CancellationToken.None);
        Disconnected(connection.Id, closed.Outcome);
    });

    /// <summary>Answers the client that asked to have a message removed.</summary>
    public void Answer(MessageRemoved asked, RemovalAnswer answer) => Begin(
        asked.ConnectionId, connection => PostAsync(connection, connection.Dialect == Dialect.Json ? answer.Json : answer.Plain));

    private static string FrameOf(ErrorFrame error, MessagePosted posted, Connection connection) =>
        (error with { MessageId = posted.MessageId }).In(connection.Dialect);

    public Task WhenIdleAsync() => _underWay.WhenIdleAsync();

    private async Task PostAsync(Connection connection, string frame)
    {
        // It has no age, so that it does not wait for a gateway that is out of reach.
        var message = new MessagePosted { MessageId = "frame", ConnectionId = connection.Id, Room = Room.Everyone, Message = "", PostedAt = default };
        await poster.PostLateAsync(
            connection,
            new RoomMessage(message, new RenderedMessage(message.MessageId, frame)),
            mayMeanTheAccount: false,
            CancellationToken.None,
            CancellationToken.None);
    }

    private void Begin(string connectionId, Func<Connection, Task> work)
    {
        if (_underWay.TryBegin(MaxAtOnce)) _ = Task.Run(() => DoAsync(connectionId, work));
    }

    private async Task DoAsync(string connectionId, Func<Connection, Task> work)
    {
        try
        {
            // Every connection is in this room, with everything that a post needs.
            if (await pages.FindAsync(Room.Everyone, [connectionId], CancellationToken.None) is [var sender]) await work(sender);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            CannotTell(connectionId, failure.Message);
        }
        finally
        {
            _underWay.End(1);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Disconnected {ConnectionId}, which went on at many times the limit of messages ({Outcome})")]
    private partial void Disconnected(string connectionId, DeliveryOutcome outcome);

    [LoggerMessage(LogLevel.Debug, "{ConnectionId} could not be told what became of its message: {Problem}")]
    private partial void CannotTell(string connectionId, string problem);
}
