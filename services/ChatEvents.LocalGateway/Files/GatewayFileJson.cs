using System.Text.Json;
using System.Text.Json.Serialization;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Files;

/// <summary>The JSON of the options: camelCase, comments allowed, unknown names refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(GatewayOptions))]
internal sealed partial class GatewayFileJson : JsonSerializerContext;
