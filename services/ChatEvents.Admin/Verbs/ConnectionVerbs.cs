using System.CommandLine;
using ChatEvents.Admin.Output;
using ChatEvents.ConnectionRegistry.Moderating;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Verbs;

/// <summary><c>connections list|count|show|disconnect</c>.</summary>
internal static class ConnectionVerbs
{
    private static readonly Column<ConnectionLine>[] Columns =
    [
        new("connection", 16, line => line.ConnectionId),
        new("connected", 20, line => line.ConnectedAt),
        new("user", 12, line => line.User),
        new("source", 15, line => line.SourceAddress),
        new("rooms", 0, line => line.Rooms is { } rooms ? string.Join(", ", rooms) : null),
    ];

    private static readonly Column<ConnectionLine>[] Details =
    [
        .. Columns,
        new("callback endpoint", 0, line => line.CallbackEndpoint),
        new("at the gateway", 0, line => line.AtGateway),
        new("last active", 0, line => line.LastActiveAt),
    ];

    public static Command Create(VerbContext verbs) => new("connections", "Connections that the registry believes open.")
    {
        List(verbs),
        Count(verbs),
        Show(verbs),
        Disconnect(verbs),
    };

    private static Command List(VerbContext verbs)
    {
        var room = Arguments.InRoom();
        var user = new Option<string?>("--user") { Description = "Only the connections of this user." };
        return verbs.Does(new("list", "Lists connections.") { room, user }, async (run, cancellation) =>
        {
            var (name, one) = (run.Arguments.GetValue(room), run.Arguments.GetValue(user));
            var lines = name is not null
                ? run.Chat.Memberships.ReadRoomAsync(name, cancellation).Select(ConnectionLine.Of)
                : run.Chat.ReadConnectionsAsync(cancellation).Select(ConnectionLine.Of);
            if (one is not null) lines = lines.Where(line => line.User == one);
            var none = $"No connection{(one is null ? "" : $" of user {one}")} is {(name is null ? "open" : $"in room {name}")}.";
            await run.Results.WriteAsync(lines, Columns, none, cancellation);
            return ExitCode.Done;
        });
    }

    private static Command Count(VerbContext verbs)
    {
        var room = Arguments.InRoom();
        return verbs.Does(new("count", "Counts connections.") { room }, async (run, cancellation) =>
        {
            await run.Results.WriteCountAsync(run.Arguments.GetValue(room) is { } name
                ? await run.Chat.Memberships.CountAsync(name, cancellation)
                : await run.Chat.ReadConnectionsAsync(cancellation).LongCountAsync(cancellation));
            return ExitCode.Done;
        });
    }

    private static Command Show(VerbContext verbs)
    {
        var id = Arguments.ConnectionId();
        return verbs.Does(new("show", "Shows one connection, and what the gateway says about it.") { id }, async (run, cancellation) =>
        {
            var connection = await run.Chat.FindConnectionAsync(run.Arguments.GetRequiredValue(id), cancellation);
            var reply = await run.Chat.Gateway.AskAsync(connection.CallbackEndpoint, connection.ConnectionId, cancellation);
            await run.Results.WriteOneAsync(ConnectionLine.Of(connection).With(reply), Details);
            return ExitCode.Done;
        });
    }

    private static Command Disconnect(VerbContext verbs)
    {
        var id = Arguments.ConnectionId();
        var command = new Command("disconnect", "Ends one connection. The client sees a normal close and may connect again.") { id };
        return verbs.Does(command, async (run, cancellation) =>
        {
            var connection = await run.Chat.FindConnectionAsync(run.Arguments.GetRequiredValue(id), cancellation);
            await run.Question.RequireYesAsync($"Disconnect {connection.ConnectionId}?", cancellation);
            var disconnections = new Disconnections(run.Chat.Gateway);
            await disconnections.EndAsync(ConnectionToEnd.Of(connection), cancellation);
            return await DisconnectionSummary.TellAsync(run, disconnections);
        });
    }

    /// <summary>A connection in the output. Unknown values are null and not written.</summary>
    private sealed record ConnectionLine(
        string ConnectionId,
        DateTimeOffset ConnectedAt,
        string? User,
        string? SourceAddress,
        IReadOnlyList<string>? Rooms,
        string CallbackEndpoint,
        string? AtGateway = null,
        DateTimeOffset? LastActiveAt = null)
    {
        public static ConnectionLine Of(ConnectionRow row) =>
            new(row.ConnectionId, row.ConnectedAt, row.User, row.SourceAddress, [.. row.JoinedRooms.Where(room => room[0] != Room.UserMark)], row.CallbackEndpoint);

        /// <summary>A membership contains neither the other rooms nor the client's address.</summary>
        public static ConnectionLine Of(Membership member) =>
            new(member.ConnectionId, member.ConnectedAt, member.User, SourceAddress: null, Rooms: null, member.CallbackEndpoint);

        public ConnectionLine With(GatewayReply reply) => this with
        {
            AtGateway = reply.Kind switch
            {
                GatewayReplyKind.Open => "open",
                GatewayReplyKind.Gone => "gone",
                _ => $"not known ({reply.Problem})",
            },
            LastActiveAt = reply.LastActiveAt,
        };
    }
}
