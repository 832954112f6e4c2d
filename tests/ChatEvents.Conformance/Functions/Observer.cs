using System.Text;
using System.Text.Json;
using ChatEvents.Conformance.Rules;
using ChatEvents.Conformance.Wire;

namespace ChatEvents.Conformance.Functions;

/// <summary>
/// A connection of the target to which deployed functions report what they receive, by posts: on AWS they cannot reach the suite otherwise. Its
/// id travels in the User-Agent of every client, which is in every event of a connection.
/// </summary>
internal sealed class Observer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly RawClient _client;
    private Task _listening = Task.CompletedTask;

    private Observer(RawClient client, string id) => (_client, Id) = (client, id);

    public string Id { get; }

    /// <exception cref="FormatException">The target's functions are not those of Deployed/app.js.</exception>
    public static async Task<Observer> StartAsync(Uri api, SeenEvents seen, CancellationToken cancellation)
    {
        var client = await RawClient.OpenAsync(api, cancellation);
        var answer = await client.UpgradeAsync(api.Authority, api.AbsolutePath, ["User-Agent: conformance/1"]);
        if (answer.Status != 101)
            throw new FormatException($"The observer's handshake was answered {answer.Status}.");
        var who = new Script("{\"statusCode\":200,\"body\":\"{{connectionId}}\"}");
        await client.SendTextAsync($"{{\"action\":\"two\",\"do\":{who.ToJson()}}}");
        var id = (await client.ReadFrameAsync()).Text;
        if (id.Length is 0 or > 64)
            throw new FormatException($"The observer asked for its id and was answered {Check.Show(id)}.");
        var observer = new Observer(client, id);
        observer._listening = observer.ListenAsync(seen);
        return observer;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _client.DisposeAsync();
        await _listening;
        _stopping.Dispose();
    }

    private async Task ListenAsync(SeenEvents seen)
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                List<byte> all = [];
                Frame frame;
                do
                {
                    frame = await _client.ReadFrameAsync();
                    all.AddRange(frame.Payload);
                }
                while (!frame.Final);
                if (frame.Opcode == RawClient.Close)
                    return;
                using var json = JsonDocument.Parse(Encoding.UTF8.GetString([.. all]));
                seen.Add(json.RootElement.GetProperty("function").GetString()!, json.RootElement.GetProperty("event").Clone());
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or JsonException)
        {
            // The end of the suite, or of the target.
        }
    }
}
