using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChatEvents.EndToEndTests;

/// <summary>Connections, messages and workers are numbers.</summary>
/// <param name="Message">Which a connection got.</param>
/// <param name="Worker">From whom.</param>
internal readonly record struct Arrival(int Message, int Worker);

/// <summary>
/// An @connections endpoint for more connections than one machine has sockets for. It keeps what each connection got, from which worker
/// and in which order.
/// </summary>
internal sealed class CountingSink : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly Func<int, int, HttpStatusCode> _answer;
    private readonly Lock _gate = new();
    private readonly List<Arrival>[] _arrivals;
    private readonly Dictionary<(int Connection, int Message), int> _attempts = [];
    private readonly Dictionary<int, List<int>> _reached = [];
    private readonly Dictionary<int, int> _deliveries = [];
    private Func<bool> _isAwaited = () => false;
    private TaskCompletionSource _seen = new();

    /// <param name="connections">How many.</param>
    /// <param name="answer">To a post, by connection and by how often the message was posted there before.</param>
    private CountingSink(int connections, Func<int, int, HttpStatusCode> answer)
    {
        (_arrivals, _answer) = ([.. Enumerable.Range(0, connections).Select(_ => new List<Arrival>())], answer);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _web = builder.Build();
        _web.Run(ReceiveAsync);
    }

    public static async Task<CountingSink> StartAsync(int connections, Func<int, int, HttpStatusCode> answer)
    {
        var sink = new CountingSink(connections, answer);
        await sink._web.StartAsync(TestContext.Current.CancellationToken);
        return sink;
    }

    /// <summary>Where this worker is to post to.</summary>
    public string UrlFor(int worker) => $"{_web.Urls.Single()}/{worker}";

    /// <summary>Which connections got the message, in this order; those left out that did not take it at the first try.</summary>
    public IReadOnlyList<int> ReachedBy(int message)
    {
        lock (_gate) return [.. _reached.GetValueOrDefault(message, [])];
    }

    /// <summary>What a connection got, one worker's after the other's: a post may be read only after the end of its worker.</summary>
    public IReadOnlyList<Arrival> ArrivalsAt(int connection)
    {
        lock (_gate) return [.. _arrivals[connection].OrderBy(arrival => arrival.Worker)];
    }

    /// <summary>Ends at the very delivery by which this worker has made so many.</summary>
    public Task UntilDeliveredAsync(int worker, int count) => UntilAsync(() => _deliveries.GetValueOrDefault(worker) >= count);

    /// <summary>Ends at the very delivery by which so many connections have the message, as in <see cref="ReachedBy"/>.</summary>
    public Task UntilReachedAsync(int message, int count) => UntilAsync(() => _reached.GetValueOrDefault(message)?.Count >= count);

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    /// <summary>For one caller at a time.</summary>
    private Task UntilAsync(Func<bool> isAwaited)
    {
        lock (_gate)
        {
            _seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _isAwaited = isAwaited;
            if (isAwaited()) _seen.SetResult();
            return _seen.Task.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>
    /// <c>POST /worker/@connections/number=</c>; the text ends in the message's number. Any other connection is gone, like the one by which
    /// a worker asks whether the gateway is there.
    /// </summary>
    private async Task ReceiveAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.Split('/');
        if (!int.TryParse(path[^1].TrimEnd('='), NumberStyles.None, CultureInfo.InvariantCulture, out var connection))
        {
            context.Response.StatusCode = StatusCodes.Status410Gone;
            return;
        }

        using var body = new StreamReader(context.Request.Body);
        var text = await body.ReadToEndAsync();
        var arrival = new Arrival(NumberIn(text[(text.LastIndexOf(' ') + 1)..]), NumberIn(path[1]));
        context.Response.StatusCode = (int)Receive(connection, arrival);
    }

    private HttpStatusCode Receive(int connection, Arrival arrival)
    {
        lock (_gate)
        {
            var attempts = _attempts.GetValueOrDefault((connection, arrival.Message));
            var status = _answer(connection, attempts);
            if (status != HttpStatusCode.OK)
            {
                _attempts[(connection, arrival.Message)] = attempts + 1;
                return status;
            }

            if (attempts == 0 && _arrivals[connection].TrueForAll(before => before.Message != arrival.Message))
            {
                if (!_reached.TryGetValue(arrival.Message, out var reached)) _reached.Add(arrival.Message, reached = []);
                reached.Add(connection);
            }

            _arrivals[connection].Add(arrival);
            _deliveries[arrival.Worker] = _deliveries.GetValueOrDefault(arrival.Worker) + 1;
            if (_isAwaited()) _seen.TrySetResult();
            return status;
        }
    }

    private static int NumberIn(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
