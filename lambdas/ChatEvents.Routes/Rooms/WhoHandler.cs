using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary><c>who</c>: answers a member of a room with the number of its members, and one page of them.</summary>
internal sealed class WhoHandler(
    RoomMembers members, RegistryReader registry, PresenceCache presence, Speakers speakers, CallRate rate, OncePer told, RouteSettings settings)
    : IRouteHandler
{
    public async Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        rate.RequireTurn(context.RequiredConnectionId);
        using var frame = Frame.Parse(request.Body, Actions.WhoExample);
        await speakers.FindFirstAsync(frame, context, call);
        var room = frame.RoomOrEveryone();
        var after = frame.OptionalText("next") is { } token ? PresencePage.PositionOf(token) : null;
        if (!context.Caller.Join.Allow(room)) throw BadFrameException.Forbidden($"You may not see who is in the room {Quote.Of(room)}.");
        try
        {
            await members.RequireAsync(room, context, call.Answering, ErrorCode.NotAMember);
            var read = await presence.GetAsync(
                room,
                context.RequiredConnectionId,
                isFirstPage: after is null,
                () => RoomSnapshot.ReadAsync(registry, room, call.Answering));
            foreach (var connectionId in read.Senseless.Where(told.IsNews))
                call.Log.LogWarning($"The row of {Quote.Of(connectionId)} in {room} makes no sense, and is not listed.");
            var page = PresencePage.Of(read, after);
            call.Log.LogInformation($"Told connection {context.Sender} of {page.Members.Count} of {page.Count} in {room}.");
            return new RouteAnswer(200)
            {
                Type = "members",
                Json = json => Write(json, room, page, Dialect.Json),
                Plain = json => Write(json, room, page, Dialect.Plain),
            };
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"The members of {room} could not be read for connection {context.Sender} (request {context.RequestId}): {exception}");
            return RouteAnswer.Unavailable("The room could not be read; ask again.");
        }
    }

    private void WriteIdentity(Utf8JsonWriter json, Member member, Dialect dialect)
    {
        if (member.User is { } user)
        {
            json.WriteString("user", user);
            if (member.Name is { } name) json.WriteString("name", name);
        }
        else if (member.Guest is { } guest)
        {
            json.WriteString("guest", guest);
        }
        else if (dialect == Dialect.Json)
        {
            json.WriteString("guest", GuestId.OfConnection(member.ConnectionId, settings.GuestKey));
        }
        else
        {
            json.WriteString("connectionId", member.ConnectionId);
        }
    }

    private void Write(Utf8JsonWriter json, string room, PresencePage page, Dialect dialect)
    {
        json.WriteString("room", room);
        json.WriteNumber("count", page.Count);
        if (page.IsAtLeast)
        {
            json.WriteBoolean("atLeast", true);
        }

        json.WriteStartArray("members");
        foreach (var member in page.Members)
        {
            json.WriteStartObject();
            WriteIdentity(json, member, dialect);
            json.WriteNumber("connections", member.Connections);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (page.Next is not null)
        {
            json.WriteString("next", page.Next);
        }
    }
}
