using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ChatEvents.Testing.Rights;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ChatEvents.RoutesTests.Servers;

/// <summary>The part of SQS that a publisher calls; it records requests, and fails or hangs when a test says so.</summary>
internal sealed class SqsServer : LoopbackServer
{
    /// <summary>The requests of SendMessage, in order.</summary>
    public ConcurrentQueue<JsonNode> Sent { get; } = new();

    public ConcurrentQueue<string> QueuesLookedUp { get; } = new();

    /// <summary>Refuses to send, as SQS does when the function's role lacks the permission.</summary>
    public bool Refuses { get; set; }

    /// <summary>After how many sends it begins to refuse; null for never.</summary>
    public int? RefusesAfter { get; set; }

    /// <summary>Checks each send.</summary>
    public GuardedCalls? Guard { get; set; }

    /// <summary>Never answers a send.</summary>
    public bool Hangs { get; set; }

    public string Url => $"http://{HostAndPort}";

    public static async Task<SqsServer> StartNewAsync()
    {
        var server = new SqsServer();
        await server.StartAsync();
        return server;
    }

    protected override void Map(WebApplication app) => app.MapPost("/{**path}", AnswerAsync);

    private async Task AnswerAsync(HttpContext http)
    {
        var request = (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!;
        http.Response.ContentType = "application/x-amz-json-1.0";
        var target = http.Request.Headers["X-Amz-Target"].ToString();
        if (target != "AmazonSQS.GetQueueUrl") Guard?.Check(target, request); // a deployment gives URLs, and no right to look one up
        switch (target)
        {
            case "AmazonSQS.GetQueueUrl":
                var name = request["QueueName"]!.GetValue<string>();
                QueuesLookedUp.Enqueue(name);
                await http.Response.WriteAsync($$"""{"QueueUrl":"{{Url}}/000000000000/{{name}}"}""");
                break;
            case "AmazonSQS.SendMessage" when Hangs:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
                break;
            case "AmazonSQS.SendMessage" when Refuses || Sent.Count >= RefusesAfter:
                http.Response.StatusCode = StatusCodes.Status403Forbidden;
                await http.Response.WriteAsync(
                    """{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User is not authorized to perform: sqs:sendmessage"}""");
                break;
            case "AmazonSQS.SendMessage":
                Sent.Enqueue(request);
                await http.Response.WriteAsync(
                    $$"""{"MessageId":"219f8380-5770-4cc2-8c3e-5c715e145f5e","MD5OfMessageBody":"{{Md5(request["MessageBody"]!)}}"}""");
                break;
            default:
                throw new NotSupportedException($"{target} is more than a publisher needs.");
        }
    }

#pragma warning disable CA5351 // The digest that SQS answers with.
    private static string Md5(JsonNode body) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(body.GetValue<string>())));
#pragma warning restore CA5351
}
