using System.Text.Json;
using ChatEvents.Local.Emulators;
using ChatEvents.LocalGateway.Bills;

namespace ChatEvents.Local.Hosting;

/// <summary>What all programs have used SQS and DynamoDB for since the start. The emulators count it; other servers do not, and are not on the bill.</summary>
internal sealed class ServersUse(LocalEmulators servers) : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(1) };
    private OtherUse _before = new(null, null);

    /// <summary>Counts from now on: what a deployment does once, such as creating queues, is not part of a run.</summary>
    public async Task BeginAsync(CancellationToken cancellation) => _before = await ReadAllAsync(cancellation);

    public async Task<OtherUse> ReadAsync(CancellationToken cancellation)
    {
        var now = await ReadAllAsync(cancellation);
        return new OtherUse(
            now.Queues is { } queues && _before.Queues is { } queuesBefore
                ? new QueueUse(queues.Requests - queuesBefore.Requests, queues.FifoRequests - queuesBefore.FifoRequests)
                : null,
            now.Tables is { } tables && _before.Tables is { } tablesBefore
                ? new TableUse(tables.ReadUnits - tablesBefore.ReadUnits, tables.WriteUnits - tablesBefore.WriteUnits)
                : null);
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<OtherUse> ReadAllAsync(CancellationToken cancellation) => new(
        await ReadAsync<QueueUse>(servers.SqsUrl, cancellation), await ReadAsync<TableUse>(servers.DynamoDbUrl, cancellation));

    private async Task<TUse?> ReadAsync<TUse>(Uri server, CancellationToken cancellation)
        where TUse : class
    {
        try
        {
            return await _http.GetFromJsonAsync<TUse>(new Uri(server, "/_use"), Json, cancellation);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }
}
