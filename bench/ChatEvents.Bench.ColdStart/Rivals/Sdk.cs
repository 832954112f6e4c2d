using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport;
using Amazon.Lambda.Serialization.SystemTextJson;
using Amazon.SQS;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Routes;

namespace ChatEvents.Bench.ColdStart.Rivals;

/// <summary>What onMessage of ChatEvents.Routes does for a good message, with the publisher of the workers, which sends through AWSSDK.</summary>
internal static class Sdk
{
    public static async Task RunAsync()
    {
        var publisher = new RouteEventPublisher(
            new AmazonSQSClient(), new RouteEventQueues { Messages = Environment.GetEnvironmentVariable("MESSAGES_QUEUE")! });
        using var bootstrap = LambdaBootstrapBuilder
            .Create<RouteRequest, APIGatewayProxyResponse>(
                (request, context) => AnswerAsync(publisher, request, context), new SourceGeneratorLambdaJsonSerializer<FunctionJson>())
            .Build();
        await bootstrap.RunAsync();
    }

    private static async Task<APIGatewayProxyResponse> AnswerAsync(
        RouteEventPublisher publisher, RouteRequest request, ILambdaContext context)
    {
        var call = request.RequiredContext;
        using var frame = JsonDocument.Parse(request.Body!);
        var posted = new MessagePosted
        {
            MessageId = call.RequiredMessageId,
            ConnectionId = call.RequiredConnectionId,
            Room = Room.Everyone,
            Message = frame.RootElement.GetProperty("message").GetString()!,
            PostedAt = call.RequiredRequestTime,
        };
        await publisher.PublishAsync(posted, TraceContext.FromXRay(context.TraceId), CancellationToken.None);
        context.Logger.LogInformation($"Message {posted.MessageId} of connection {posted.ConnectionId} to {posted.Room} is on the queue.");
        return new APIGatewayProxyResponse { StatusCode = 200 };
    }
}

[JsonSerializable(typeof(RouteRequest))]
[JsonSerializable(typeof(APIGatewayProxyResponse))]
internal sealed partial class FunctionJson : JsonSerializerContext;
