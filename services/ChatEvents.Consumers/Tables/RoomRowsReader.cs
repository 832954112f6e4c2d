using System.Buffers.Text;
using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Consumers.Tables;

/// <summary>
/// Reads DynamoDB's answer to a query of memberships: <c>{"Items":[{"connectionid":{"S":"..."},...}],"LastEvaluatedKey":...}</c>.
/// </summary>
public static class RoomRowsReader
{
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
                    response.Rows.Add(ReadRow(ref json, ref endpoint));
                }
            }
            else if (json.ValueTextEquals("LastEvaluatedKey"u8))
            {
                json.Read();
                response.Next = ReadRow(ref json, ref endpoint).ConnectionId;
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
    private static Membership ReadRow(ref Utf8JsonReader json, ref string endpoint)
    {
        string? connectionId = null;
        var ownEndpoint = "";
        var connectedAt = DateTimeOffset.UnixEpoch;
        DateTimeOffset? joinedAt = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals(RegistryTables.ConnectionId))
            {
                ReadToValue(ref json);
                connectionId = json.GetString();
            }
            else if (json.ValueTextEquals(RegistryTables.CallbackEndpoint))
            {
                ReadToValue(ref json);
                if (!json.ValueTextEquals(endpoint))
                    endpoint = json.GetString()!;
                ownEndpoint = endpoint;
            }
            else if (json.ValueTextEquals(RegistryTables.ConnectedAt))
            {
                ReadToValue(ref json);
                connectedAt = ReadInstant(ref json, RegistryTables.ConnectedAt);
            }
            else if (json.ValueTextEquals(RegistryTables.JoinedAt))
            {
                ReadToValue(ref json);
                joinedAt = ReadInstant(ref json, RegistryTables.JoinedAt);
            }
            else
            {
                ReadToValue(ref json);
            }

            json.Read(); // the brace that closes the attribute
        }

        return new Membership(
            connectionId ?? throw new JsonException($"A row has no {RegistryTables.ConnectionId}."), ownEndpoint, connectedAt, joinedAt);
    }

    private static DateTimeOffset ReadInstant(ref Utf8JsonReader json, string attribute) => DateTimeOffset.FromUnixTimeMilliseconds(
        Utf8Parser.TryParse(json.ValueSpan, out long milliseconds, out _)
            ? milliseconds
            : throw new JsonException($"{attribute} is no whole number."));

    /// <summary>An attribute is an object of one member, whose name is the type: <c>{"S":"..."}</c>.</summary>
    private static void ReadToValue(ref Utf8JsonReader json)
    {
        json.Read();
        json.Read();
        json.Read();
        json.Skip();
    }
}
