using ChatEvents.GatewayTests.Harness;

namespace ChatEvents.GatewayTests;

/// <summary>
/// The line with which most published handlers build the address of their posts, <c>https://${domainName}/${stage}</c>, in functions that
/// the gateway starts: it works because they trust its certificate (faults.md B3).
/// </summary>
public sealed class EndpointLineTests : IAsyncDisposable
{
    private readonly Project _project = new();

    public ValueTask DisposeAsync() => _project.DisposeAsync();

    [Fact(Timeout = 180_000)]
    public async Task SDK_v3_for_JavaScript_posts_to_it()
    {
        await _project.LinkNodePackagesAsync();
        _project.Write("app.js", """
            const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require('@aws-sdk/client-apigatewaymanagementapi');
            exports.handler = async event => {
              const { domainName, stage, connectionId } = event.requestContext;
              const client = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
              await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'posted ' + event.body }));
              return { statusCode: 200 };
            };
            """);
        await AssertPostsAsync("app.handler", TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 180_000)]
    public async Task The_host_of_the_API_on_AWS_is_the_gateway_for_Node_handlers_that_build_it()
    {
        await _project.LinkNodePackagesAsync();
        _project.Write("app.mjs", """
            import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
            export const handler = async event => {
              const { apiId, stage, connectionId } = event.requestContext;
              const client = new ApiGatewayManagementApiClient({ endpoint: `https://${apiId}.execute-api.${process.env.AWS_REGION}.amazonaws.com/${stage}` });
              await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'posted ' + event.body }));
              return { statusCode: 200 };
            };
            """);
        await AssertPostsAsync("app.handler", TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 180_000)]
    public async Task SDK_v2_for_JavaScript_posts_to_it()
    {
        await _project.LinkNodePackagesAsync();
        _project.Write("app.js", """
            const AWS = require('aws-sdk');
            exports.handler = async event => {
              const client = new AWS.ApiGatewayManagementApi({
                apiVersion: '2018-11-29', endpoint: event.requestContext.domainName + '/' + event.requestContext.stage });
              await client.postToConnection({ ConnectionId: event.requestContext.connectionId, Data: 'posted ' + event.body }).promise();
              return { statusCode: 200 };
            };
            """);
        await AssertPostsAsync("app.handler", TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 180_000)]
    public async Task Boto3_posts_to_it()
    {
        Assert.SkipUnless(Clients.AreInstalled("python3", "-c", "import boto3"), "Python with its package boto3 is not installed.");
        _project.Write("app.py", """
            import boto3

            def handler(event, context):
                request = event["requestContext"]
                client = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}")
                client.post_to_connection(ConnectionId=request["connectionId"], Data=("posted " + event["body"]).encode())
                return {"statusCode": 200}
            """);
        await AssertPostsAsync("app.handler", TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 180_000)]
    public async Task Pythons_own_client_posts_to_it()
    {
        Assert.SkipUnless(Clients.AreInstalled("python3"), "Python is not installed.");
        _project.Write("app.py", """
            import urllib.parse
            import urllib.request

            def handler(event, context):
                request = event["requestContext"]
                connection = urllib.parse.quote(request["connectionId"])
                url = f"https://{request['domainName']}/{request['stage']}/@connections/{connection}"
                urllib.request.urlopen(urllib.request.Request(url, data=("posted " + event["body"]).encode()))
                return {"statusCode": 200}
            """);
        await AssertPostsAsync("app.handler", TestContext.Current.CancellationToken);
    }

    private async Task AssertPostsAsync(string handler, CancellationToken cancellation)
    {
        _project.Write("gateway.json", $$"""
            { "stage": "dev", "routes": { "$default": { "function": "send" } }, "functions": { "send": { "handler": "{{handler}}" } } }
            """);
        var (_, address) = await _project.ServeAsync();
        using var socket = await Project.ConnectAsync(address);

        await socket.SendTextAsync("it", cancellation);

        Assert.Equal("posted it", await socket.ReceiveTextAsync(cancellation));
    }
}
