using System.Text.Json;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.GatewayTests.Harness;

/// <summary>Words for what tests configure and look at again and again.</summary>
internal static class Api
{
    public static readonly object Ok = new { statusCode = 200 };

    public static GatewayOptions Route(this GatewayOptions options, string key, string function, bool routeResponse = false)
    {
        options.Routes[key] = new RouteOptions { Function = function, RouteResponse = routeResponse };
        return options;
    }

    /// <summary>
    /// All four kinds of routes, each with a function: <c>connect</c>, <c>disconnect</c>, <c>chat</c> and
    /// <c>default</c>.
    /// </summary>
    public static void AllRoutes(GatewayOptions options) => options
        .Route("$connect", "connect").Route("$disconnect", "disconnect").Route("chat", "chat").Route("$default", "default");

    public static void ServeAll(this TestGateway gateway)
    {
        foreach (var function in (string[])["connect", "disconnect", "chat", "default"])
            gateway.Serve(function, _ => Ok);
    }

    public static JsonElement Context(this JsonElement @event) => @event.GetProperty("requestContext");

    public static string? Text(this JsonElement element, string member) =>
        element.TryGetProperty(member, out var value) ? value.ToString() : null;

    public static string ConnectionId(this JsonElement @event) => @event.Context().GetProperty("connectionId").GetString()!;
}
