using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Files;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ChatEvents.LocalGateway;

/// <summary>Builds the gateway, as a program of its own or inside another one.</summary>
public static class GatewayHost
{
    /// <summary>Limit for all request headers together. API Gateway applies it to every kind of API.</summary>
    private const int HeadersLimit = 10_240;

    internal const string LogCategory = "ChatEvents.LocalGateway";

    internal static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A web application that is not started yet. <paramref name="configure"/> may add logging, a lifetime, or a
    /// <see cref="TimeProvider"/> to take the time from.
    /// </summary>
    public static WebApplication Build(GatewayOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        if (OptionsCheck.FindFault(options) is { } fault)
            throw new GatewayOptionsException(fault.Sentence);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var address = new ListenAddress(options.Address);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, options, address));
        builder.Services.Configure<SocketTransportOptions>(sockets =>
        {
            // No handler blocks a thread, so handlers may run on the socket's thread.
            sockets.UnsafePreferInlineScheduling = true;
            sockets.CreateBoundListenSocket = address.Bind;
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        configure?.Invoke(builder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<GatewayParts>();
        builder.Services.AddHostedService<GracefulStop>();

        var app = builder.Build();
        MapProtocol(app, app.Services.GetRequiredService<GatewayParts>(), options.Faults.AdminEndpoint);
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(LogCategory);
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            log.Listening(app.Urls.First()["http://".Length..], options.Stage);
            if (options.Http2Port is not null) log.ListeningForHttp2(Http2Url(app), options.Stage);
        });
        return app;
    }

    /// <summary>The HTTP/2 address of a started gateway with <see cref="GatewayOptions.Http2Port"/>.</summary>
    public static string Http2Url(WebApplication app) => app.Urls.ElementAt(app.Urls.Count / 2); // the same addresses again

    /// <summary>Every path that the gateway answers.</summary>
    private static void MapProtocol(WebApplication app, GatewayParts gateway, bool withFaults)
    {
        // Clients: the WebSocket API itself.
        app.MapGet("/{stage}", gateway.WebSocket.ConnectAsync);

        // Applications: the API Gateway management API.
        app.MapPost("/{stage}/@connections/{id}", gateway.Connections.PostAsync);
        app.MapGet("/{stage}/@connections/{id}", gateway.Connections.GetAsync);
        app.MapDelete("/{stage}/@connections/{id}", gateway.Connections.DeleteAsync);

        // Function environments: the Lambda Runtime API.
        app.MapGet("/{function}/2018-06-01/runtime/invocation/next", gateway.Runtime.NextAsync);
        app.MapPost("/{function}/2018-06-01/runtime/invocation/{requestId}/response", gateway.Runtime.ResponseAsync);
        app.MapPost("/{function}/2018-06-01/runtime/invocation/{requestId}/error", gateway.Runtime.ErrorAsync);
        app.MapPost("/{function}/2018-06-01/runtime/init/error", gateway.Runtime.InitErrorAsync);

        // Operators.
        app.MapGet("/_gateway/health", gateway.Health.GetAsync);

        if (withFaults)
        {
            app.MapGet("/_gateway/faults", gateway.Faults.GetAsync);
            app.MapPut("/_gateway/faults", gateway.Faults.PutAsync);
        }

        app.MapFallback(gateway.Connections.ForbidAsync);
    }

    private static void Listen(KestrelServerOptions kestrel, GatewayOptions options, ListenAddress address)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.RequestHeadersTimeout = options.Limits.HandshakeTimeout;
        kestrel.Limits.MaxRequestHeadersTotalSize = HeadersLimit;
        kestrel.Limits.MaxRequestBodySize = null; // every endpoint has its own limit and its own answer
        foreach (var ip in address.Addresses)
        {
            kestrel.Listen(ip, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        }

        if (options.Http2Port is { } port)
        {
            foreach (var ip in address.Addresses)
            {
                kestrel.Listen(ip, port, listen => listen.Protocols = HttpProtocols.Http2);
            }
        }
    }
}
