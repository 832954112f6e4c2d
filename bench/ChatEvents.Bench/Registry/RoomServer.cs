using System.Buffers;
using System.Globalization;
using System.Text.Json;
using ChatEvents.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Bench.Registry;

/// <summary>
/// Stands in for DynamoDB where the emulator would take minutes to be filled: a room of any size, made up row by row, answered by the
/// protocol of Query in pages of the limit asked for, or 1 MB. Ends with its standard input.
/// </summary>
internal static class RoomServer
{
    /// <summary>What a membership takes in DynamoDB's own count: names and values of its five attributes.</summary>
    public const int RowBytes = 150;

    /// <summary>DynamoDB's page, whatever the limit.</summary>
    private const int RowsPerMegabyte = 1024 * 1024 / RowBytes;

    public static async Task<int> RunAsync(string[] args)
    {
        var members = int.Parse(args[0], CultureInfo.InvariantCulture);
        var latency = TimeSpan.FromMilliseconds(int.Parse(args[1], CultureInfo.InvariantCulture));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.MapPost("/", (HttpContext http) => AnswerAsync(http, members / RegistryTables.ShardsPerRoom, latency));
        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        await Console.In.ReadToEndAsync();
        return 0;
    }

    private static async Task AnswerAsync(HttpContext http, int rowsPerShard, TimeSpan latency)
    {
        using var request = await JsonDocument.ParseAsync(http.Request.Body);
        var roomShard = request.RootElement.GetProperty("ExpressionAttributeValues").GetProperty(":roomshard").GetProperty("S").GetString()!;
        var first = request.RootElement.TryGetProperty("ExclusiveStartKey", out var after)
            ? NumberOf(after.GetProperty(RegistryTables.ConnectionId).GetProperty("S").GetString()!) + 1
            : 0;
        var limit = request.RootElement.TryGetProperty("Limit", out var asked) ? asked.GetInt32() : int.MaxValue;
        var rows = Math.Min(Math.Min(limit, RowsPerMegabyte), rowsPerShard - first);
        if (latency > TimeSpan.Zero)
            await Task.Delay(latency, TimeProvider.System);

        var page = new ArrayBufferWriter<byte>(rows * RowBytes);
        Write(page, roomShard, first, rows, hasMore: first + rows < rowsPerShard);
        http.Response.ContentType = "application/x-amz-json-1.0";
        http.Response.ContentLength = page.WrittenCount;
        await http.Response.BodyWriter.WriteAsync(page.WrittenMemory);
    }

    private static void Write(ArrayBufferWriter<byte> page, string roomShard, int first, int rows, bool hasMore)
    {
        using var json = new Utf8JsonWriter(page);
        json.WriteStartObject();
        json.WriteNumber("Count", rows);
        json.WriteNumber("ScannedCount", rows);
        json.WriteStartArray("Items");
        for (var row = first; row < first + rows; row++)
        {
            json.WriteStartObject();
            WriteText(json, RegistryTables.ConnectionId, IdOf(roomShard, row));
            WriteText(json, RegistryTables.CallbackEndpoint, Connections.Endpoint);
            json.WriteStartObject(RegistryTables.ConnectedAt);
            json.WriteString("N", "1795260924518");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (hasMore)
        {
            json.WriteStartObject("LastEvaluatedKey");
            WriteText(json, RegistryTables.RoomShard, roomShard);
            WriteText(json, RegistryTables.ConnectionId, IdOf(roomShard, first + rows - 1));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string attribute, string value)
    {
        json.WriteStartObject(attribute);
        json.WriteString("S", value);
        json.WriteEndObject();
    }

    /// <summary>As long as the gateway's ids, and in order of number: <c>070000000000042=</c> in <c>everyone#07</c>.</summary>
    private static string IdOf(string roomShard, int number) => $"{roomShard[^2..]}{number:D13}=";

    private static int NumberOf(string connectionId) => int.Parse(connectionId.AsSpan(2, 13), CultureInfo.InvariantCulture);
}
