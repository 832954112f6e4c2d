using System.Net.Http.Headers;
using System.Text;
using ChatEvents.LocalGateway.Events;
using ChatEvents.LocalGateway.Functions;

namespace ChatEvents.LocalGateway.Integrations;

/// <summary>
/// HTTP_PROXY integration: the message goes to a web server by POST, and its answer is the route's. A handshake's headers and query string
/// go along; anything else about the connection only by request parameters, as on AWS.
/// </summary>
internal sealed class HttpIntegration(
    Uri address, IReadOnlyDictionary<string, string> parameters, ApiFacts api, Invoker invoker, HttpMessageInvoker http) : Integration
{
    private const string Header = "integration.request.header.", Query = "integration.request.querystring.";

    public override string Name => address.Authority;

    /// <summary>One sentence about a parameter that cannot be; null if it can.</summary>
    public static string? FindFault(string target, string source) =>
        !target.StartsWith(Header, StringComparison.Ordinal) && !target.StartsWith(Query, StringComparison.Ordinal)
            ? $"The request parameter '{target}' must be {Header}NAME or {Query}NAME."
        : !IsStatic(source) && !source.StartsWith("stageVariables.", StringComparison.Ordinal)
            && !(source.StartsWith("context.", StringComparison.Ordinal) && ContextVariables.Names.Contains(source["context.".Length..]))
            ? $"The request parameter '{target}' must be context.NAME, stageVariables.NAME or 'static text', but is {source}."
        : null;

    public override async Task<IntegrationAnswer> InvokeAsync(RouteCall call)
    {
        var body = call.Body.ToArray();
        ProxyResponse? response = null;
        var result = await invoker.InvokeAsync(Name, call.RouteKey, call.Connection.Id, async cancellation =>
        {
            (var ended, response) = await SendAsync(call, body, cancellation);
            return ended;
        });
        return new IntegrationAnswer(result.Outcome, response, result.Error);
    }

    private async Task<(InvocationResult Ended, ProxyResponse? Response)> SendAsync(RouteCall call, byte[] body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, AddressFor(call)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/plain") { CharSet = "utf-8" };
        foreach (var (name, values) in call.Http?.HeadersBesideTheUpgrade ?? [])
        {
            if (!name.Equals("Host", StringComparison.OrdinalIgnoreCase))
                request.Headers.TryAddWithoutValidation(name, values);
        }

        foreach (var (name, value) in ParametersOf(Header, call))
            request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using var response = await http.SendAsync(request, cancellation);
            var answer = await response.Content.ReadAsByteArrayAsync(cancellation);
            var subprotocol = response.Headers.TryGetValues("Sec-WebSocket-Protocol", out var protocols) ? protocols.First() : null;
            return (
                new InvocationResult(InvocationOutcome.Returned, answer),
                new ProxyResponse((int)response.StatusCode, Encoding.UTF8.GetString(answer), subprotocol));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (InvocationResult.Failed("HttpProxy", $"{address} cannot be reached: {e.Message}"), null);
        }
    }

    private Uri AddressFor(RouteCall call)
    {
        var query = (call.Http?.Query ?? []).SelectMany(parameter => parameter.Value.Select(value => (parameter.Key, value)))
            .Concat(ParametersOf(Query, call).Select(parameter => (parameter.Key, parameter.Value)))
            .Select(parameter => $"{Uri.EscapeDataString(parameter.Item1)}={Uri.EscapeDataString(parameter.Item2)}");
        var all = string.Join('&', [.. address.Query.Length > 1 ? [address.Query[1..]] : Array.Empty<string>(), .. query]);
        return new UriBuilder(address) { Query = all }.Uri;
    }

    private IEnumerable<KeyValuePair<string, string>> ParametersOf(string kind, RouteCall call) => parameters
        .Where(parameter => parameter.Key.StartsWith(kind, StringComparison.Ordinal))
        .Select(parameter => KeyValuePair.Create(parameter.Key[kind.Length..], ValueOf(parameter.Value, call)));

    private string ValueOf(string source, RouteCall call) => IsStatic(source)
        ? source[1..^1]
        : source.StartsWith("stageVariables.", StringComparison.Ordinal)
            ? api.StageVariables.GetValueOrDefault(source["stageVariables.".Length..], "")
            : ContextVariables.Find(source["context.".Length..], api, call.Connection, call.Request, call.RouteKey, call.EventType) ?? "";

    private static bool IsStatic(string source) => source.Length >= 2 && source[0] == '\'' && source[^1] == '\'';
}
