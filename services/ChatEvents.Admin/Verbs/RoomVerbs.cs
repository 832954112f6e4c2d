using System.CommandLine;
using ChatEvents.Admin.Output;
using ChatEvents.ConnectionRegistry.Moderating;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Verbs;

/// <summary><c>rooms list|count|disconnect</c>. Members are listed by <c>connections list --room</c>.</summary>
internal static class RoomVerbs
{
    private static readonly Column<RoomLine>[] Columns =
    [
        new("room", 32, line => line.Room),
        new("members", 0, line => line.Members),
    ];

    public static Command Create(VerbContext verbs) => new("rooms", "Rooms that somebody is in. The members: connections list --room.")
    {
        List(verbs),
        Count(verbs),
        Disconnect(verbs),
    };

    private static Command List(VerbContext verbs) =>
        verbs.Does(new("list", "Lists rooms with their numbers of members; it reads the whole table of memberships."), async (run, cancellation) =>
        {
            var rooms = await CountRoomsAsync(run.Chat.Memberships, cancellation);
            var lines = rooms.Select(room => new RoomLine(room.Key, room.Value)).ToAsyncEnumerable();
            await run.Results.WriteAsync(lines, Columns, "Nobody is in any room.", cancellation);
            return ExitCode.Done;
        });

    private static Command Count(VerbContext verbs) =>
        verbs.Does(new("count", "Counts rooms; it reads the whole table of memberships."), async (run, cancellation) =>
        {
            var rooms = await CountRoomsAsync(run.Chat.Memberships, cancellation);
            await run.Results.WriteCountAsync(rooms.Count);
            return ExitCode.Done;
        });

    private static Command Disconnect(VerbContext verbs)
    {
        var room = Arguments.RoomName();
        var rate = Arguments.Rate();
        return verbs.Does(new("disconnect", "Ends the connections of all members of a room.") { room, rate }, async (run, cancellation) =>
        {
            var name = run.Arguments.GetRequiredValue(room);
            var members = await run.Chat.Memberships.CountAsync(name, cancellation);
            if (members == 0) throw new AdminException($"Nobody is in room {name}.");
            await run.Question.RequireYesAsync($"Disconnect all {members} members of room {name}?", cancellation);

            var disconnections = new Disconnections(run.Chat.Gateway);
            await new Pace(run.Arguments.GetValue(rate), run.Chat.Time).ForEachAsync(
                run.Chat.Memberships.ReadRoomAsync(name, cancellation),
                (member, stop) => disconnections.EndAsync(ConnectionToEnd.Of(member), stop),
                cancellation);
            return await DisconnectionSummary.TellAsync(run, disconnections);
        });
    }

    /// <summary>The number of members of every room, by name. <c>users list</c> shows the rooms of users.</summary>
    private static async Task<SortedDictionary<string, long>> CountRoomsAsync(RoomsTable memberships, CancellationToken cancellation)
    {
        var rooms = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await foreach (var (room, _) in memberships.ReadAllAsync(cancellation).Where(member => member.Room is not [Room.UserMark, ..]))
            rooms[room] = rooms.GetValueOrDefault(room) + 1;
        return rooms;
    }

    private sealed record RoomLine(string Room, long Members);
}
