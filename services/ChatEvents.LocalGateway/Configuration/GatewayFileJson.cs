using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatEvents.LocalGateway.Configuration;

/// <summary>How the options look in <c>gateway.json</c>: camelCase, comments allowed, unknown names refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(GatewayOptions))]
internal sealed partial class GatewayFileJson : JsonSerializerContext;
