using System.Globalization;
using System.Text.Json.Serialization;
using ChatEvents.LocalGateway.Connections;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>The body of the answer to <c>GET @connections</c>.</summary>
internal sealed record ConnectionDescription(ConnectionIdentity Identity, string ConnectedAt, string LastActiveAt)
{
    public static ConnectionDescription Of(OpenConnection connection) =>
        new(
            new ConnectionIdentity(connection.Facts.SourceIp, connection.Facts.UserAgent),
            Iso(connection.Facts.ConnectedAt),
            Iso(connection.LastActiveAt));

    private static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}

internal sealed record ConnectionIdentity(string SourceIp, string? UserAgent);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConnectionDescription))]
internal sealed partial class ConnectionDescriptionJson : JsonSerializerContext;
