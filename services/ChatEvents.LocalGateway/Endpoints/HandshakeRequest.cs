using System.Globalization;
using ChatEvents.LocalGateway.Events;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>Reads the client's headers and query, and adds the headers of AWS's edge.</summary>
internal static class HandshakeRequest
{
    public static ConnectRequest Read(HttpContext http, string sourceIp, string traceId)
    {
        var request = http.Request;
        var headers = request.Headers.ToDictionary(header => header.Key, header => Texts(header.Value), StringComparer.OrdinalIgnoreCase);
        headers.TryAdd("X-Amzn-Trace-Id", [traceId]);
        headers["X-Forwarded-For"] = [headers.TryGetValue("X-Forwarded-For", out var before) ? $"{before[^1]}, {sourceIp}" : sourceIp];
        // A proxy in front of the gateway knows what the client used.
        headers.TryAdd("X-Forwarded-Proto", [request.Scheme]);
        var port = request.Host.Port ?? (headers["X-Forwarded-Proto"][^1] == "https" ? 443 : 80);
        headers.TryAdd("X-Forwarded-Port", [port.ToString(CultureInfo.InvariantCulture)]);
        return new ConnectRequest(
            [.. headers.OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase)], ReadQuery(request.QueryString));

        static string[] Texts(StringValues values) => [.. values.Select(value => value ?? "")];
    }

    /// <summary>Query names are case-sensitive on AWS, unlike in ASP.NET's collection.</summary>
    private static KeyValuePair<string, string[]>[] ReadQuery(QueryString query)
    {
        var values = new OrderedDictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var parameter in new QueryStringEnumerable(query.Value))
        {
            var name = parameter.DecodeName().ToString();
            values[name] = [.. values.GetValueOrDefault(name, []), parameter.DecodeValue().ToString()];
        }

        return [.. values];
    }
}
