using System.Net;
using System.Text;
using System.Text.Json;
using ChatEvents.Conformance.Functions;
using ChatEvents.Conformance.Rules;
using ChatEvents.Conformance.Wire;

namespace ChatEvents.Conformance.Asking;

/// <summary>What a rule asks a target with. It belongs to one rule, and closes what that opened.</summary>
internal sealed class Questioner(TargetOptions target, SeenEvents seen, Captures captures, HttpClient http, TimeProvider time, CancellationToken cancellation)
    : IAsyncDisposable
{
    private static int _cases;

    private readonly List<RawClient> _clients = [];

    public TargetOptions Target => target;

    public Captures Captures => captures;

    public CancellationToken Cancellation => cancellation;

    public Uri Authorized => target.Authorized ?? throw new CannotBeAskedException("no API with an authorizer was given");

    public Uri Bare => target.Bare ?? throw new CannotBeAskedException("no API without reserved routes was given");

    public Uri Fast => target.Fast ?? throw new CannotBeAskedException("no API with faster clocks was given");

    public Uri Throttled => target.Throttled ?? throw new CannotBeAskedException("no API with a small quota was given");

    public static string NewCase() => $"c{Interlocked.Increment(ref _cases)}";

    /// <summary>A client that has sent nothing yet.</summary>
    public async Task<RawClient> OpenAsync(Uri? api = null)
    {
        var client = await RawClient.OpenAsync(api ?? target.Main, cancellation);
        _clients.Add(client);
        return client;
    }

    /// <summary>A handshake, whatever its answer is.</summary>
    public async Task<HttpAnswer> HandshakeAsync(Uri? api = null, Script? script = null, string query = "", string? tag = null, params string[] headers)
    {
        var client = await OpenAsync(api);
        return await HandshakeAsync(client, api, script, query, tag, headers);
    }

    public async Task<HttpAnswer> HandshakeAsync(
        RawClient client, Uri? api, Script? script, string query, string? tag, IEnumerable<string> headers)
    {
        api ??= target.Main;
        List<string> all = [$"X-Case: {tag ?? NewCase()}", .. headers];
        if (script is not null)
            all.Add($"X-Do: {script.ToJson()}");
        if (!all.Exists(header => header.StartsWith("User-Agent", StringComparison.Ordinal)))
            all.Add($"User-Agent: {target.UserAgent}");
        return await client.UpgradeAsync(api.Authority, api.AbsolutePath + query, all.Where(header => header != "User-Agent:"));
    }

    /// <summary>A connection of an API with a <c>$connect</c> route, and the event of it.</summary>
    public async Task<Conversation> ConnectAsync(Uri? api = null, Script? script = null, string query = "", params string[] headers)
    {
        var tag = NewCase();
        var client = await OpenAsync(api);
        var answer = await HandshakeAsync(client, api, script, query, tag, headers);
        if (answer.Status != 101)
            throw new RuleBrokenException($"the handshake was answered {answer.Status}");
        var connect = await ConnectEventAsync(tag);
        return new Conversation(this, client, api ?? target.Main, answer, connect);
    }

    public Task<SeenEvent> ConnectEventAsync(string tag) =>
        EventAsync("$connect event", seen => seen.Function == "connect" && Script.Header(seen.Event, "X-Case") == tag);

    /// <summary>The first event that is wanted, awaited.</summary>
    public async Task<SeenEvent> EventAsync(string what, Func<SeenEvent, bool> wanted)
    {
        using var patience = new CancellationTokenSource(target.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            return await seen.FirstAsync(wanted, either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new RuleBrokenException($"no {what} came");
        }
    }

    public IReadOnlyList<SeenEvent> Seen(string function, string? connectionId = null) => seen.Of(function, connectionId);

    public bool SeenCase(string function, string tag) => seen.Of(function, null).Any(@event => Script.Header(@event.Event, "X-Case") == tag);

    /// <summary>For what should not happen: long enough that it would have, on a machine that is not overloaded.</summary>
    public Task QuietAsync() => Task.Delay(TimeSpan.FromMilliseconds(300), time, cancellation);

    public Task WaitAsync(TimeSpan length) => Task.Delay(length, time, cancellation);

    /// <summary>One call of the management API.</summary>
    public async Task<ManagementReply> ManageAsync(
        HttpMethod method, string id, byte[]? body = null, Uri? api = null, string connections = "@connections", string? contentType = null, string? path = null)
    {
        var root = target.ManagementOf(api ?? target.Main).ToString().TrimEnd('/');
        var address = path is null ? $"{root}/{connections}/{id}" : new Uri(new Uri(root), path).ToString();
        using var request = new HttpRequestMessage(method, new Uri(address));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            if (contentType is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        using var answer = await http.SendAsync(request, cancellation);
        var headers = answer.Headers.Concat(answer.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new ManagementReply(answer.StatusCode, headers, await answer.Content.ReadAsStringAsync(cancellation));
    }

    public Task<ManagementReply> PostAsync(string id, string text, Uri? api = null) => ManageAsync(HttpMethod.Post, id, Encoding.UTF8.GetBytes(text), api);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
    }
}

internal sealed record ManagementReply(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public JsonElement Json
    {
        get
        {
            try
            {
                using var json = JsonDocument.Parse(Body);
                return json.RootElement.Clone();
            }
            catch (JsonException)
            {
                throw new RuleBrokenException($"the body is not JSON: {Check.Show(Body)}");
            }
        }
    }
}
