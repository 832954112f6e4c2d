using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Routes.Rooms;

namespace ChatEvents.Routes;

/// <summary><c>hello</c>: tells a client who it is, where it is, until when, and what it may.</summary>
internal sealed class HelloHandler(RoomMembers members, Speakers speakers, CallRate rate, RouteSettings settings)
{
    /// <exception cref="BadFrameException">The client asks too often.</exception>
    public async Task<RouteAnswer> AnswerAsync(RouteRequestContext context, RouteCall call)
    {
        rate.RequireTurn(context.RequiredConnectionId);
        try
        {
            var joined = await members.FindRoomsAsync(context, call.Answering);
            return new RouteAnswer(200)
            {
                Type = "hello",
                Json = json =>
                {
                    json.WriteString("protocol", Dialects.JsonSubprotocol);
                    Write(json, context, joined);
                },
                Plain = json =>
                {
                    json.WriteString("hello", Subprotocol.Plain);
                    Write(json, context, joined);
                },
            };
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError($"The rooms of connection {context.Sender} (request {context.RequestId}) could not be read: {exception}");
            return RouteAnswer.Unavailable("Your rooms could not be read; ask again.");
        }
    }

    private void Write(Utf8JsonWriter json, RouteRequestContext context, IReadOnlyList<string> joined)
    {
        var caller = context.Caller;
        if (caller.User is { } user) json.WriteString("user", user);
        else json.WriteString("guest", speakers.GuestOf(context));
        if (caller.Name is { } name) json.WriteString("name", name);
        json.WriteString("connectedAt", Timestamp.Of(context.RequiredConnectedAt));
        var end = context.RequiredConnectedAt + Limits.MaxConnectionLife;
        json.WriteString("expiresAt", Timestamp.Of(caller.TokenExpiresAt < end ? caller.TokenExpiresAt.Value : end));
        json.WriteStartArray("rooms");
        json.WriteStringValue(Room.Everyone);
        if (caller.OwnRoom is { } own) json.WriteStringValue(own);
        foreach (var room in joined) json.WriteStringValue(room);
        json.WriteEndArray();
        json.WriteStartObject("limits");
        json.WriteNumber("messageBytes", settings.MaxMessageBytes);
        json.WriteNumber("messagesPerSecond", settings.MessagesPerSecond);
        json.WriteEndObject();
    }
}
