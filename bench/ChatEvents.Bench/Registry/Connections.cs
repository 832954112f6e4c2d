using ChatEvents.Contracts;

namespace ChatEvents.Bench.Registry;

/// <summary>The events of made-up connections.</summary>
internal static class Connections
{
    public const string Endpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod";

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public static ConnectionOpened Opened(string id, params string[] rooms) => new()
    {
        ConnectionId = id,
        ConnectedAt = Now,
        CallbackEndpoint = Endpoint,
        Rooms = rooms,
        SourceAddress = "203.0.113.7",
    };

    public static MembershipChanged Changed(string id, string room, bool isIn) => new()
    {
        ConnectionId = id,
        ConnectedAt = Now,
        CallbackEndpoint = Endpoint,
        Room = room,
        IsIn = isIn,
        ChangedAt = Now,
        SourceAddress = "203.0.113.7",
    };

    public static ConnectionClosed Closed(string id) => new()
    {
        ConnectionId = id,
        ClosedAt = Now,
        Because = ClosedBecause.Disconnected,
        StatusCode = 1001,
        Reason = "Going away",
    };
}
