using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using ChatEvents.Conformance.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.ConformanceTests.Mutants;

/// <summary>Stands between the suite and a gateway, in front of everything: clients, the management API and the Runtime API.</summary>
internal sealed class MutatingProxy : IAsyncDisposable
{
    private static readonly string[] OfTheConnection = ["Transfer-Encoding", "Connection", "Content-Length", "Keep-Alive"];

    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 10_000 }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri _gateway;
    private readonly Mutation _mutation;

    private MutatingProxy(Uri gateway, Mutation mutation)
    {
        (_gateway, _mutation) = (gateway, mutation);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Logging.ClearProviders();
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        _app = builder.Build();
        _app.Run(ForwardAsync);
    }

    public Uri Address => new(_app.Urls.First());

    public static async Task<MutatingProxy> StartAsync(Uri gateway, Mutation mutation, CancellationToken cancellation)
    {
        var proxy = new MutatingProxy(gateway, mutation);
        await proxy._app.StartAsync(cancellation);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task ForwardAsync(HttpContext http)
    {
        try
        {
            var path = http.Request.Path.Value ?? "";
            if (path.Contains("/2018-06-01/", StringComparison.Ordinal) || path.Contains("@connections", StringComparison.Ordinal))
                await ForwardRequestAsync(http, path);
            else
                await ForwardHandshakeAsync(http);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException or SocketException)
        {
            http.Abort();
        }
    }

    private async Task ForwardRequestAsync(HttpContext http, string path)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), new Uri(_gateway, target));
        request.Headers.Host = http.Request.Host.Value;
        var function = path.Contains("/2018-06-01/", StringComparison.Ordinal) ? path.Split('/')[1] : null;
        if (http.Request.Method == "POST")
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            var bytes = body.ToArray();
            if (function is not null && _mutation.Answer is { } answer)
                bytes = Encoding.UTF8.GetBytes(answer(function, Encoding.UTF8.GetString(bytes)));
            request.Content = new ByteArrayContent(bytes);
        }

        using var response = await _http.SendAsync(request, http.RequestAborted);
        var text = await response.Content.ReadAsStringAsync(http.RequestAborted);
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(
            header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        var seen = new ManagementAnswer(response.StatusCode, headers, text);
        if (function is null)
            _mutation.Management?.Invoke(request.Method, target, seen);
        else if (_mutation.Event is { } change && path.EndsWith("/next", StringComparison.Ordinal))
            seen.Body = Changed(change, function, text);
        http.Response.StatusCode = (int)seen.Status;
        foreach (var (name, value) in seen.Headers.Where(header => !OfTheConnection.Contains(header.Key)))
            http.Response.Headers[name] = value;
        var bytesOut = Encoding.UTF8.GetBytes(seen.Body);
        if ((int)seen.Status != 204)
        {
            http.Response.ContentLength = bytesOut.Length;
            await http.Response.Body.WriteAsync(bytesOut, http.RequestAborted);
        }
    }

    private static string Changed(Action<string, JsonObject> change, string function, string text)
    {
        var json = JsonNode.Parse(text)!.AsObject();
        change(function, json);
        return json.ToJsonString();
    }

    private async Task ForwardHandshakeAsync(HttpContext http)
    {
        await using var upstream = await RawClient.OpenAsync(_gateway, http.RequestAborted);
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = http.Request;
        var isUpgrade = request.Headers.Upgrade.Count > 0;
        var headers = request.Headers.SelectMany(header => header.Value.Select(value => $"{header.Key}: {value}"));
        var answer = await upstream.RequestAsync([$"{request.Method} {target} {request.Protocol}", .. headers]);
        var given = new HandshakeAnswer(answer.Status, new Dictionary<string, string>(answer.Headers, StringComparer.OrdinalIgnoreCase));
        _mutation.Handshake?.Invoke(
            new HandshakeRequestSeen(isUpgrade, target, request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)),
            given);
        http.Response.StatusCode = given.Status;
        foreach (var (name, value) in given.Headers.Where(header => !OfTheConnection.Contains(header.Key)))
            http.Response.Headers[name] = value;
        if (answer.Status != 101 || given.Status != 101)
        {
            var body = Encoding.UTF8.GetBytes(answer.Body);
            http.Response.ContentLength = body.Length;
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
            return;
        }

        http.Response.Headers.Connection = "Upgrade";
        await using var client = await http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        var toClient = PumpAsync(upstream.Stream, client, _mutation.FromGateway);
        var toGateway = PumpAsync(client, upstream.Stream, _mutation.FromClient);
        if (await Task.WhenAny(toClient, toGateway) == toGateway)
        {
            // The client's end has to reach the gateway as it was: a drop, or an orderly end after the close frames.
            var orderly = await toGateway;
            if (!orderly)
                upstream.Drop();
            else
                upstream.Socket.Shutdown(SocketShutdown.Send);
        }

        // The rest is left to the web server, which sends what was written before it closes. The other pump ends with the connection.
        await toClient;
    }

    /// <summary>Without a mutation the bytes pass as they are, so that also wrong frames reach the gateway.</summary>
    /// <returns>False after a broken connection.</returns>
    private static async Task<bool> PumpAsync(Stream from, Stream to, Func<ProxyFrame, ProxyFrame?>? change)
    {
        try
        {
            if (change is null)
            {
                var buffer = new byte[64 * 1024];
                int length;
                while ((length = await from.ReadAsync(buffer)) > 0)
                    await to.WriteAsync(buffer.AsMemory(0, length));
                return true;
            }

            while (await ReadAsync(from) is var (frame, isMasked))
            {
                if (change(frame) is { } changed)
                    await to.WriteAsync(Bytes(changed, isMasked));
            }

            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or SocketException)
        {
            return false;
        }
    }

    private static async Task<(ProxyFrame Frame, bool IsMasked)?> ReadAsync(Stream from)
    {
        var head = new byte[2];
        if (await from.ReadAtLeastAsync(head, 2, throwOnEndOfStream: false) < 2)
            return null;
        var masked = (head[1] & 0x80) != 0;
        var lengthBytes = (head[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };
        var extended = new byte[8];
        await from.ReadExactlyAsync(extended.AsMemory(8 - lengthBytes, lengthBytes));
        var length = lengthBytes == 0 ? head[1] & 0x7F : (int)System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(extended);
        var key = new byte[4];
        if (masked)
            await from.ReadExactlyAsync(key);
        var payload = new byte[length];
        await from.ReadExactlyAsync(payload);
        for (var i = 0; masked && i < length; i++)
            payload[i] ^= key[i % 4];
        return (new ProxyFrame(head[0], payload), masked);
    }

    private static byte[] Bytes(ProxyFrame frame, bool isMasked)
    {
        var bytes = RawClient.FrameBytes(frame.Opcode, frame.Payload, masked: isMasked);
        bytes[0] = frame.First;
        return bytes;
    }
}
