using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Amazon.SQS;
using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.Publisher;

/// <summary>
/// Publishes messages of a server to rooms and users. Messages that are published at the same time share requests to SQS, ten in one; those of
/// one room keep their order. One publisher serves a whole program, from any thread.
/// </summary>
/// <param name="sqs">Needs <c>sqs:SendMessage</c> on the queue, and <c>sqs:GetQueueUrl</c> if it is given by name.</param>
/// <param name="server">What clients see as sender: 1 to 128 visible characters, such as <c>billing</c>.</param>
/// <param name="queue">Name or URL of the queue of messages.</param>
/// <param name="time">The clock; null for the system's.</param>
public sealed class ChatPublisher(IAmazonSQS sqs, string server, string queue = QueueNames.Messages, TimeProvider? time = null)
{
    /// <summary>
    /// A message names the connection that it came from, and a server has none. No connection has such an id, so nobody is told anything there.
    /// </summary>
    private const string NoConnection = "server";

    /// <summary>Limit of SQS.</summary>
    private const int MaxPerCall = 10;

    private readonly string _server = UserId.IsValid(server)
        ? server
        : throw new ArgumentException($"The name of a server has 1 to {UserId.MaxLength} visible characters.", nameof(server));

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    // One call at a time: the next message of a room is never sent before the one before it is on the queue.
    private readonly Batcher<MessagePosted, bool> _batcher = new(
        new(MaxPerCall, CallsAtOnce: 1, Linger: TimeSpan.Zero, Lingering.Always),
        CallOf(new RouteEventPublisher(sqs, new RouteEventQueues { Messages = queue }, time ?? TimeProvider.System, Jitter.Next)),
        time ?? TimeProvider.System,
        message => message.Room);

    /// <summary>Publishes a message to a room.</summary>
    /// <param name="room">Its name, such as <c>blue</c>, or <c>everyone</c>.</param>
    /// <param name="message">The text.</param>
    /// <param name="id">
    /// Names the message: published again by the same id within five minutes, it is heard once. At most 64 of <c>A-Z a-z 0-9 _ - .</c>; null for
    /// a message that is published once.
    /// </param>
    /// <param name="data">Anything of the application's own, for clients of the JSON dialect; null for nothing.</param>
    /// <param name="cancellation">Ends the wait. The message may be published all the same.</param>
    /// <returns>The id that clients see, once the message is on the queue.</returns>
    /// <exception cref="ArgumentException">The room, the id or the data makes no sense.</exception>
    /// <exception cref="PublishException">SQS refused the message.</exception>
    public Task<string> PublishAsync(
        string room, string message, string? id = null, JsonNode? data = null, CancellationToken cancellation = default) =>
        Room.IsName(room)
            ? SendAsync(room, to: null, message, id, data, cancellation)
            : throw new ArgumentException($"{Quote.Of(room)} is not the name of a room.", nameof(room));

    /// <summary>Publishes a message to a user, on all devices.</summary>
    /// <inheritdoc cref="PublishAsync"/>
    /// <param name="user">The id of the user.</param>
    /// <param name="message">The text.</param>
    /// <param name="id">As for a room.</param>
    /// <param name="data">As for a room.</param>
    /// <param name="cancellation">As for a room.</param>
    public Task<string> PublishToUserAsync(
        string user, string message, string? id = null, JsonNode? data = null, CancellationToken cancellation = default) =>
        UserId.IsValid(user)
            ? SendAsync(UserId.RoomOf(user), user, message, id, data, cancellation)
            : throw new ArgumentException($"{Quote.Of(user)} is not the id of a user.", nameof(user));

    private async Task<string> SendAsync(
        string room, string? to, string message, string? id, JsonNode? data, CancellationToken cancellation)
    {
        if (id is not null && !FrameId.IsValid(id)) throw new ArgumentException($"An id must be {FrameId.Rule}.", nameof(id));
        var json = data?.ToJsonString();
        Require(message, nameof(message));
        Require(json ?? "", nameof(data));
        if (json is not null && !JsonText.IsValue(json)) throw new ArgumentException($"At most {JsonText.MaxDepth} levels are possible.", nameof(data));
        var posted = new MessagePosted
        {
            MessageId = id is null ? Guid.NewGuid().ToString("N") : IdOf(room, id),
            ConnectionId = NoConnection,
            Room = room,
            To = to,
            Server = _server,
            Message = message,
            Data = json,
            PostedAt = _time.GetUtcNow(),
        };
        await _batcher.AskAsync(posted, cancellation);
        return posted.MessageId;
    }

    /// <summary>
    /// Nobody else's message has it. The room is part of it, because one id may be published to several rooms, and SQS recognizes repeats in all
    /// of the queue.
    /// </summary>
    private string IdOf(string room, string id) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"server\n{_server}\n{room}\n{id}")))[..32];

    /// <summary>The fan-out drops what is too large when it is rendered, and cannot tell a server.</summary>
    private static void Require(string text, string argument)
    {
        if (Encoding.UTF8.GetByteCount(text) > Limits.DefaultMaxChatMessageBytes)
            throw new ArgumentException($"At most {Limits.DefaultMaxChatMessageBytes} bytes are possible.", argument);
    }

    private static Func<IReadOnlyList<BatchedRequest<MessagePosted, bool>>, Task> CallOf(RouteEventPublisher publisher) => async batch =>
    {
        try
        {
            await publisher.PublishAsync([.. batch.Select(request => request.Request)], CancellationToken.None);
        }
        catch (PublishException refused)
        {
            foreach (var request in batch.Where(request => refused.Unpublished.Contains(request.Request))) request.Fail(refused);
        }

        foreach (var request in batch) request.Answer(true);
    };
}
