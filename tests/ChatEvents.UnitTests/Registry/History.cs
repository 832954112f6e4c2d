using System.Text;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Registry;

/// <summary>What happened to a few connections, in the order in which it happened, and a seed for how the events travel.</summary>
public sealed record History(IReadOnlyList<IRouteEvent> Events, int Seed)
{
    public static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Rooms = ["blue", "red", "green"];

    /// <summary>Whose the four connections are: two are nobody's, one user may go anywhere, and one not into green.</summary>
    private static readonly (string? User, IReadOnlyList<string>? MayJoin)[] Owners =
        [(null, null), (null, null), ("ada", null), ("bob", ["blue", "r*"])];

    /// <summary>
    /// Each number is one thing that happens next: to which of four connections, what, and in which of three rooms. Things that cannot
    /// happen then, such as a join after the end, are left out. Three things happen in each millisecond.
    /// </summary>
    public static History From(IReadOnlyList<int> choices, int seed)
    {
        var events = new List<IRouteEvent>();
        var connectedAt = new Dictionary<string, DateTimeOffset>();
        var closed = new HashSet<string>();
        foreach (var choice in choices)
        {
            var connectionId = $"{seed:x8}-{choice % 4}=";
            var owner = Owners[choice % 4];
            var room = Rooms[choice / 4 % Rooms.Length];
            var now = Start + TimeSpan.FromMilliseconds(events.Count / 3);
            if (closed.Contains(connectionId)) continue;
            if (!connectedAt.TryGetValue(connectionId, out var since))
            {
                connectedAt[connectionId] = now;
                events.Add(Opened(connectionId, now, owner, Rooms.Where((_, i) => (choice >> (4 + i)) % 2 == 0)));
            }
            else if (choice / 12 % 6 == 0)
            {
                closed.Add(connectionId);
                events.Add(choice / 72 % 2 == 0
                    ? new ConnectionClosed { ConnectionId = connectionId, ClosedAt = now, Because = ClosedBecause.Disconnected, User = owner.User }
                    : Gone(connectionId, since, since + Limits.HandshakeGrace, room));
            }
            else if (choice / 12 % 24 == 1)
            {
                events.Add(Gone(connectionId, since, now, room));
            }
            else
            {
                events.Add(Changed(connectionId, since, owner, room, choice / 72 % 2 == 0, now) with { Order = events.Count });
            }
        }

        return new(events, seed);
    }

    /// <summary>Which connections are open in the end, and in which rooms each is: simply told, one event after the other.</summary>
    public Dictionary<string, SortedSet<string>> Truth()
    {
        var open = new Dictionary<string, SortedSet<string>>();
        foreach (var happened in Events)
        {
            switch (happened)
            {
                case ConnectionOpened opened:
                    open[opened.ConnectionId] = new(
                        opened.Rooms.Where(room => MayJoin(opened.MayJoin, room))
                            .Append(Room.Everyone)
                            .Concat(opened.User is { } user ? [$"@{user}"] : []));
                    break;
                case MembershipChanged { IsIn: true } joined:
                    if (MayJoin(joined.MayJoin, joined.Room)) open[joined.ConnectionId].Add(joined.Room);
                    break;
                case MembershipChanged left:
                    open[left.ConnectionId].Remove(left.Room);
                    break;
                case ConnectionClosed closed when !IsAboutHandshake(closed):
                    open.Remove(closed.ConnectionId);
                    break;
            }
        }

        return open;
    }

    /// <summary>The events as a standard queue may hand them out: in any order, and some of them two or three times.</summary>
    public List<IRouteEvent> AsDelivered(Random random)
    {
        var delivered = Events.SelectMany(happened => Enumerable.Repeat(happened, random.Next(10) switch { < 7 => 1, < 9 => 2, _ => 3 }))
            .ToArray();
        random.Shuffle(delivered);
        return [.. delivered];
    }

    public override string ToString() => Events.Aggregate(
        new StringBuilder($"Seed {Seed}, {Events.Count} events:"),
        (text, happened) => text.Append("\n  ").Append(RouteEventJson.Write(happened)),
        text => text.ToString());

    /// <summary>What the consumers do with an event.</summary>
    public static Task HandleAsync(
        ConnectionRegistry.ConnectionRegistry registry, IRouteEvent routeEvent, CancellationToken cancellationToken) => routeEvent switch
        {
            ConnectionOpened opened => registry.OpenAsync(opened, cancellationToken),
            MembershipChanged changed => registry.ChangeMembershipAsync(changed, cancellationToken),
            ConnectionClosed closed => registry.CloseAsync(closed, cancellationToken),
            _ => throw new InvalidOperationException($"{routeEvent} is not for the registry."),
        };

    private static bool MayJoin(IReadOnlyList<string>? patterns, string room) => patterns is null || new RoomRights(patterns).Allow(room);

    private static bool IsAboutHandshake(ConnectionClosed closed) => closed.ClosedAt - closed.ConnectedAt < Limits.HandshakeGrace;

    private static ConnectionClosed Gone(string connectionId, DateTimeOffset since, DateTimeOffset closedAt, string room) => new()
    {
        ConnectionId = connectionId,
        ConnectedAt = since,
        ClosedAt = closedAt,
        Because = ClosedBecause.Gone,
        FoundInRoom = room,
    };

    private static ConnectionOpened Opened(
        string connectionId, DateTimeOffset now, (string? User, IReadOnlyList<string>? MayJoin) owner, IEnumerable<string> rooms) => new()
        {
            ConnectionId = connectionId,
            ConnectedAt = now,
            CallbackEndpoint = "https://example.com/prod",
            Rooms = [.. rooms],
            User = owner.User,
            MayJoin = owner.MayJoin,
        };

    private static MembershipChanged Changed(
        string connectionId,
        DateTimeOffset since,
        (string? User, IReadOnlyList<string>? MayJoin) owner,
        string room,
        bool isIn,
        DateTimeOffset now) => new()
        {
            ConnectionId = connectionId,
            ConnectedAt = since,
            CallbackEndpoint = "https://example.com/prod",
            Room = room,
            IsIn = isIn,
            ChangedAt = now,
            User = owner.User,
            MayJoin = owner.MayJoin,
        };
}
