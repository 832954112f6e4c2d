using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Files;

/// <summary>Options as a <c>gateway.json</c>, without what is the default.</summary>
internal static class OptionsText
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(GatewayOptions options)
    {
        var whole = JsonSerializer.SerializeToNode(options, GatewayFileJson.Default.GatewayOptions)!.AsObject();
        Strip(whole, JsonSerializer.SerializeToNode(new GatewayOptions(), GatewayFileJson.Default.GatewayOptions)!.AsObject());
        var route = JsonSerializer.SerializeToNode(new Configuration.RouteOptions(), GatewayFileJson.Default.RouteOptions)!.AsObject();
        var function = JsonSerializer.SerializeToNode(new FunctionOptions(), GatewayFileJson.Default.FunctionOptions)!.AsObject();
        var api = JsonSerializer.SerializeToNode(new ApiOptions(), GatewayFileJson.Default.ApiOptions)!.AsObject();
        StripEach(whole["functions"], function);
        StripEach(whole["routes"], route);
        foreach (var one in (whole["apis"] as JsonArray)?.OfType<JsonObject>() ?? [])
        {
            Strip(one, api);
            StripEach(one["routes"], route);
        }

        return whole.ToJsonString(Indented);
    }

    private static void StripEach(JsonNode? map, JsonObject standard)
    {
        foreach (var (_, value) in map as JsonObject ?? [])
            Strip(value!.AsObject(), standard);
    }

    private static void Strip(JsonObject given, JsonObject standard)
    {
        foreach (var (name, value) in given.ToArray())
        {
            if (JsonNode.DeepEquals(value, standard[name]))
                given.Remove(name);
            else if (value is JsonObject inner && standard[name] is JsonObject innerStandard && innerStandard.Count > 0)
                Strip(inner, innerStandard);
        }
    }
}
