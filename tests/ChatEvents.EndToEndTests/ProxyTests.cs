using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatEvents.EndToEndTests;

/// <summary>The fan-out's program where only a proxy knows the way to the gateway.</summary>
public sealed partial class ProxyTests
{
    private const string Gateway = "gateway.test";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Posts_go_through_the_proxy_that_the_environment_names_and_nothing_else_does()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var certificate = TestCertificate.SelfSigned(Gateway);
        var certificateFile = Path.GetTempFileName();
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem(), cancellation);
        var posts = new Recorded<(string? Host, string Body)>();
        await using var gateway = await StartGatewayAsync(certificate, posts);
        await using var proxy = ForwardProxy.Start(new Uri(gateway.Urls.Single()).Port);
        await using var servers = await SystemServers.StartAsync(cancellation);
        await servers.CreateQueuesAndTablesAsync(cancellation);
        await RegisterAsync(servers);

        await using var worker = ChildProcess.StartProgram(
            "ChatEvents.FanOut",
            new Dictionary<string, string?>(servers.Environment)
            {
                ["HTTPS_PROXY"] = $"http://{proxy.Address}",
                ["HTTP_PROXY"] = $"http://{proxy.Address}",
                ["NO_PROXY"] = "127.0.0.1,localhost", // queues and tables
                ["SSL_CERT_FILE"] = certificateFile,
                ["FanOut__AllowedEndpoints__2"] = $"https://{Gateway}",
            },
            "--urls",
            "http://127.0.0.1:0");
        await worker.WaitForLineAsync(ReceivingLine, cancellation);
        await new RouteEventPublisher(servers.Sqs, new RouteEventQueues()).PublishAsync(
            new MessagePosted
            {
                MessageId = "m1",
                ConnectionId = "sender=",
                Room = Room.Everyone,
                Message = "hello",
                PostedAt = TimeProvider.System.GetUtcNow(),
            },
            cancellation);

        Assert.Equal((Gateway, "Echo: hello"), await posts.NextAsync(cancellation));
        Assert.All(proxy.Heads.All, head => Assert.Equal($"CONNECT {Gateway}:443 HTTP/1.1", head[0]));
        File.Delete(certificateFile);
    }

    private static async Task<WebApplication> StartGatewayAsync(X509Certificate2 certificate, Recorded<(string? Host, string Body)> posts)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var gateway = builder.Build();
        gateway.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body, Encoding.UTF8);
            posts.Add((context.Request.Host.Value, await body.ReadToEndAsync(Cancellation)));
        });
        await gateway.StartAsync(Cancellation);
        return gateway;
    }

    private static Task<PutItemResponse> RegisterAsync(SystemServers servers)
    {
        var connectedAt = TimeProvider.System.GetUtcNow().AddHours(-1);
        const string Id = "Qv7kLd3mIAMCJw8=";
        return servers.DynamoDb.PutItemAsync(
            new PutItemRequest(RegistryTables.Rooms, new Dictionary<string, AttributeValue>
            {
                [RegistryTables.RoomShard] = new(RegistryTables.RoomShardOf(Room.Everyone, RegistryTables.ShardOf(Id))),
                [RegistryTables.ConnectionId] = new(Id),
                [RegistryTables.CallbackEndpoint] = new($"https://{Gateway}/prod"),
                [RegistryTables.ConnectedAt] = NumberAttribute.OfMilliseconds(connectedAt),
                [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(connectedAt.AddHours(2)),
            }),
            Cancellation);
    }

    [GeneratedRegex("Receiving from ")]
    private static partial Regex ReceivingLine { get; }
}
