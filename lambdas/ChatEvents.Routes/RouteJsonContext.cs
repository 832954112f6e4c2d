using System.Text.Json.Serialization;
using Amazon.Lambda.APIGatewayEvents;

namespace ChatEvents.Routes;

/// <summary>Source-generated metadata of the events and answers: no reflection at a cold start.</summary>
[JsonSerializable(typeof(RouteRequest))]
[JsonSerializable(typeof(APIGatewayProxyResponse))]
internal sealed partial class RouteJsonContext : JsonSerializerContext;
