using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Endpoints;
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

    /// <summary>As seen from API Gateway's own hosts.</summary>
    private const int StreamsPerHttp2Connection = 128;

    internal const string LogCategory = "ChatEvents.LocalGateway";

    internal static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A web application that is not started yet. <paramref name="configure"/> may add logging, a lifetime, or a
    /// <see cref="TimeProvider"/> to take the time from.
    /// </summary>
    /// <exception cref="GatewayOptionsException">The options are invalid.</exception>
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
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error); // it warns of HTTP/2 without its own TLS
        configure?.Invoke(builder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<FunctionPorts>();
        builder.Services.AddSingleton<GatewayParts>();
        builder.Services.AddHostedService<GracefulStop>();

        var app = builder.Build();
        var gateway = app.Services.GetRequiredService<GatewayParts>();
        app.Use((http, next) => gateway.Guard.Refuses(http) ? Task.CompletedTask : next(http));
        MapProtocol(app, gateway, options.Faults.AdminEndpoint, options.Bill);
        app.Lifetime.ApplicationStarted.Register(() => StartReport.Write(app, options, gateway));
        return app;
    }

    /// <summary>The HTTP/2 address of a started gateway with <see cref="GatewayOptions.Http2Port"/>.</summary>
    public static string Http2Url(WebApplication app) =>
        app.Urls.ElementAt(new ListenAddress(app.Services.GetRequiredService<GatewayOptions>().Address).Addresses.Count);

    /// <summary>Reads what AWS would have charged so far, in one sentence; also when the gateway has ended.</summary>
    public static Func<CancellationToken, Task<string>> BillOf(WebApplication app)
    {
        var bill = app.Services.GetRequiredService<GatewayParts>().Bill;
        return async cancellation => (await bill.ReadAsync(cancellation)).ToString();
    }

    /// <summary>Every path that the gateway answers.</summary>
    private static void MapProtocol(WebApplication app, GatewayParts gateway, bool withFaults, bool withBill)
    {
        foreach (var api in gateway.Apis)
        {
            foreach (var address in api.Addresses)
            {
                var below = app.MapGroup(address.Path);
                if (address.Host is not null)
                    below.RequireHost(address.Host);

                // Clients: the WebSocket API itself.
                below.MapGet("", http => api.WebSocket.ConnectAsync(http, address));

                // Applications: the API Gateway management API.
                below.MapPost("/@connections/{id}", http => api.Management.PostAsync(http, address));
                below.MapGet("/@connections/{id}", http => api.Management.GetAsync(http, address));
                below.MapDelete("/@connections/{id}", http => api.Management.DeleteAsync(http, address));
            }
        }

        // Function environments: the Lambda Runtime API, below the function's name or at the function's port.
        foreach (var function in (string[])["/{function}", ""])
        {
            app.MapGet(function + "/2018-06-01/runtime/invocation/next", gateway.Runtime.NextAsync);
            app.MapPost(function + "/2018-06-01/runtime/invocation/{requestId}/response", gateway.Runtime.ResponseAsync);
            app.MapPost(function + "/2018-06-01/runtime/invocation/{requestId}/error", gateway.Runtime.ErrorAsync);
            app.MapPost(function + "/2018-06-01/runtime/init/error", gateway.Runtime.InitErrorAsync);
        }

        app.MapFallback("/2018-06-01/{**rest}", gateway.Runtime.RefuseUnknownAsync);

        // Operators.
        app.MapGet("/_gateway/health", gateway.Health.GetAsync);
        if (withBill)
            app.MapGet("/_gateway/bill", gateway.Bill.GetAsync);

        if (withFaults)
        {
            app.MapGet("/_gateway/faults", gateway.Faults.GetAsync);
            app.MapPut("/_gateway/faults", gateway.Faults.PutAsync);
        }

        app.MapGet("/{stage}", gateway.Refusals.RefuseUnknownPathAsync);
        app.MapFallback(gateway.Unknown.RefuseAsync);
    }

    private static void Listen(KestrelServerOptions kestrel, GatewayOptions options, ListenAddress address)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.RequestHeadersTimeout = options.Limits.HandshakeTimeout;
        kestrel.Limits.MaxRequestHeadersTotalSize = HeadersLimit;
        kestrel.Limits.MaxRequestBodySize = null; // every endpoint has its own limit and its own answer
        kestrel.Limits.Http2.MaxStreamsPerConnection = StreamsPerHttp2Connection;
        var services = kestrel.ApplicationServices;
        var ports = services.GetRequiredService<FunctionPorts>();
        ListenAt(options.Port, listen =>
        {
            // Over TLS the client chooses; without it only HTTP/1.1 is spoken here.
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            var tls = services.GetRequiredService<GatewayParts>().TlsOrPlain;
            listen.Use(next => connection => tls.OnConnectionAsync(connection, next));
            ports.AddGateway(listen);
        });
        if (options.Http2Port is { } http2Port)
            ListenAt(http2Port, listen => listen.Protocols = HttpProtocols.Http2);
        foreach (var name in options.FunctionNames)
        {
            if (options.FunctionPort(name) is not { } functionPort)
                continue;
            var feature = new FunctionPortFeature(name);
            ListenAt(functionPort, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection =>
                {
                    connection.Features.Set(feature);
                    return next(connection);
                });
                ports.Add(name, listen);
            });
        }

        void ListenAt(int port, Action<ListenOptions> configure)
        {
            foreach (var ip in address.Addresses)
                kestrel.Listen(ip, port, configure);
        }
    }
}
