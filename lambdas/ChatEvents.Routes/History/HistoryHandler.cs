using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Routes.Logs;
using ChatEvents.Routes.Rooms;

namespace ChatEvents.Routes.History;

/// <summary><c>history</c>: answers a member of a room with messages of its log.</summary>
internal sealed class HistoryHandler(RoomMembers members, RoomLog log, Speakers speakers, CallRate rate, RouteSettings settings)
    : IRouteHandler
{
    public async Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        rate.RequireTurn(context.RequiredConnectionId);
        using var frame = Frame.Parse(request.Body, Actions.HistoryExample);
        await speakers.FindFirstAsync(frame, context, call);
        var ownRoom = context.Caller.OwnRoom;
        var asked = HistoryFrame.Read(frame, ownRoom, settings.HistoryMaxMessages);
        if (asked.Room != ownRoom && !context.Caller.Join.Allow(asked.Room))
            throw BadFrameException.Forbidden($"You may not read the history of the room {Quote.Of(asked.Room)}.");
        try
        {
            if (asked.Room != ownRoom) await members.RequireAsync(asked.Room, context, call.Answering, ErrorCode.NotAMember);
            var page = await HistoryPage.ReadAsync(log, asked, call.Answering);
            var (messages, isAll) = HistoryWriter.Write(page, isFromEnd: asked.After is null);
            call.Log.LogInformation($"Told connection {context.Sender} {messages.Count} messages of {asked.Room}.");
            return RouteAnswer.Of("history", json => Write(json, asked.Room, page, messages, hasMore: page.HasMore || !isAll));
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"The history of {asked.Room} could not be read for connection {context.Sender} (request {context.RequestId}): {exception}");
            return RouteAnswer.Unavailable("The history could not be read; ask again.");
        }
    }

    private static void Write(Utf8JsonWriter json, string room, HistoryPage page, IReadOnlyList<byte[]> messages, bool hasMore)
    {
        json.WriteString("room", room);
        if (page.Epoch is { } epoch) json.WriteString("epoch", epoch);
        json.WriteStartArray("messages");
        foreach (var message in messages) json.WriteRawValue(message, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteBoolean("more", hasMore);
        json.WriteBoolean("complete", page.IsComplete);
    }
}
