using System.Text.Json;
using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary><c>who</c>: answers a member of a room with the number of its members, and one page of them.</summary>
internal sealed class WhoHandler(RoomMembers members, RegistryReader registry, PresenceCache presence, CallRate rate) : IRouteHandler
{
    public async Task<APIGatewayProxyResponse> HandleAsync(RouteRequest request, RouteCall call)
    {
        var context = request.RequiredContext;
        using var frame = Frame.Parse(request.Body, Actions.WhoExample);
        var room = frame.RoomOrEveryone();
        var after = frame.OptionalText("next") is { } token ? PresencePage.PositionOf(token) : null;
        if (!context.Caller.Join.Allow(room)) throw BadFrameException.Forbidden($"You may not see who is in the room {Quote.Of(room)}.");
        rate.RequireTurn(context.RequiredConnectionId);
        try
        {
            await members.RequireAsync(room, context, call.Answering);
            var read = await presence.GetAsync(
                room,
                context.RequiredConnectionId,
                isFirstPage: after is null,
                () => RoomSnapshot.ReadAsync(registry, room, call.Answering));
            var page = PresencePage.Of(read, after);
            call.Log.LogInformation($"Told connection {context.Sender} of {page.Members.Count} of {page.Count} in {room}.");
            return AnswerFrame.Of(200, context.RequestId, json => Write(json, room, page));
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"The members of {room} could not be read for connection {context.Sender} (request {context.RequestId}): {exception}");
            return ErrorFrame.Answer(503, context.RequestId, "The room could not be read; ask again.");
        }
    }

    private static void WriteIdentity(Utf8JsonWriter json, Member member)
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
        else
        {
            json.WriteString("connectionId", member.ConnectionId);
        }
    }

    private static void Write(Utf8JsonWriter json, string room, PresencePage page)
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
            WriteIdentity(json, member);
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
