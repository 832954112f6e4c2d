using System.Buffers.Text;
using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Consumers.Tables;

/// <summary>
/// Reads DynamoDB's answer to a query of memberships: <c>{"Items":[{"connectionid":{"S":"..."},...}],"LastEvaluatedKey":...}</c>.
/// </summary>
public static class RoomRowsReader
{
    /// <exception cref="JsonException">It is no such answer.</exception>
    public static RoomRowsResponse Read(ReadOnlySpan<byte> utf8Json)
    {
        var response = new RoomRowsResponse();
        var json = new Utf8JsonReader(utf8Json);
        var endpoint = ""; // nearly always the same as in the row before; one string serves all
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("Items"u8))
            {
                json.Read();
                while (json.Read() && json.TokenType == JsonTokenType.StartObject)
                {
                    var row = ReadRow(ref json, ref endpoint, out var problem);
                    if (problem is null) response.Rows.Add(row);
                    else (response.Senseless ??= []).Add((row.ConnectionId, problem));
                }
            }
            else if (json.ValueTextEquals("LastEvaluatedKey"u8))
            {
                json.Read();
                response.Next = ReadRow(ref json, ref endpoint, out _).ConnectionId;
            }
            else
            {
                json.Read();
                json.Skip();
            }
        }

        return response;
    }

    /// <summary>From the row's opening brace to its closing one.</summary>
    private static Membership ReadRow(ref Utf8JsonReader json, ref string endpoint, out string? problem)
    {
        problem = null;
        var connectionId = "";
        var ownEndpoint = "";
        DateTimeOffset? connectedAt = null, joinedAt = null;
        var dialect = Dialect.Plain;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals(RegistryTables.ConnectionId))
            {
                if (ReadToValue(ref json, "S"u8)) connectionId = json.GetString()!;
            }
            else if (json.ValueTextEquals(RegistryTables.CallbackEndpoint))
            {
                if (ReadToValue(ref json, "S"u8)) ownEndpoint = ReadEndpoint(ref json, ref endpoint);
            }
            else if (json.ValueTextEquals(RegistryTables.ConnectedAt))
            {
                connectedAt = ReadInstant(ref json);
            }
            else if (json.ValueTextEquals(RegistryTables.JoinedAt))
            {
                joinedAt = ReadInstant(ref json);
                if (joinedAt is null) problem = $"{RegistryTables.JoinedAt} is no time in epoch milliseconds";
            }
            else if (json.ValueTextEquals(RegistryTables.Dialect))
            {
                if (ReadToValue(ref json, "S"u8)) dialect = Dialects.Read(json.GetString());
            }
            else
            {
                ReadToValue(ref json, default);
            }

            json.Read(); // the brace that closes the attribute
        }

        if (connectedAt is null) problem = $"{RegistryTables.ConnectedAt} is no time in epoch milliseconds";
        if (ownEndpoint.Length == 0) problem = $"{RegistryTables.CallbackEndpoint} {CallbackAddress.Rule}";
        if (!Identifier.IsValid(connectionId)) problem = $"{RegistryTables.ConnectionId} is no id";
        return new Membership(connectionId, ownEndpoint, connectedAt ?? default, joinedAt) { Dialect = dialect };
    }

    /// <summary>Empty if no post can go there.</summary>
    private static string ReadEndpoint(ref Utf8JsonReader json, ref string endpoint)
    {
        if (endpoint.Length > 0 && json.ValueTextEquals(endpoint)) return endpoint;
        var other = json.GetString()!;
        return CallbackAddress.Parse(other) is null ? "" : endpoint = other;
    }

    private static DateTimeOffset? ReadInstant(ref Utf8JsonReader json) =>
        ReadToValue(ref json, "N"u8)
        && Utf8Parser.TryParse(json.ValueSpan, out long milliseconds, out var length)
        && length == json.ValueSpan.Length
        && milliseconds is >= MinMilliseconds and <= MaxMilliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    /// <summary>An attribute is an object of one member, whose name is the type: <c>{"S":"..."}</c>.</summary>
    /// <returns>Whether it is a text of that type.</returns>
    private static bool ReadToValue(ref Utf8JsonReader json, ReadOnlySpan<byte> type)
    {
        json.Read();
        json.Read();
        var isOfType = json.ValueTextEquals(type);
        json.Read();
        json.Skip();
        return isOfType && json.TokenType == JsonTokenType.String;
    }

    /// <summary>The first and the last instant that .NET knows.</summary>
    private const long MinMilliseconds = -62_135_596_800_000, MaxMilliseconds = 253_402_300_799_999;
}
