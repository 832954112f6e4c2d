using System.Text;
using System.Text.RegularExpressions;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Files;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>Whatever is wrong with a file or the command line ends in one sentence (faults.md B11).</summary>
public sealed class WrongFileTests : IDisposable
{
    private const string Everything = """
        {
          "port": 8080, "http2Port": 8081, "address": "localhost", "apiId": "k3x9ab12cd", "stage": "prod", "path": "a", "region": "us-east-1",
          "accountId": "111122223333", "domainName": "ws.example.com", "customDomain": { "name": "ws.example.com", "basePath": "shop" },
          "hosts": ["gateway"], "routeSelectionExpression": "$request.body.action", "stageVariables": { "a": "b" }, "apiKeys": ["k"],
          "routes": {
            "$connect": { "function": "f", "apiKeyRequired": true },
            "a": { "mock": "text", "routeResponse": true },
            "b": { "url": "http://localhost:9000", "requestParameters": { "integration.request.header.X": "context.stage" } }
          },
          "functions": {
            "f": { "timeout": "00:00:03", "handler": "src/app.handler", "directory": ".", "environment": { "A": "b" }, "instances": 2,
                   "idleTimeout": "00:01:00", "port": 9001, "debugPort": 9229, "watch": ["src"] },
            "g": { "command": "./g" },
            "h": { "invokeEndpoint": "http://localhost:9000/2015-03-31/functions/function/invocations" }
          },
          "authorizer": { "function": "g", "identitySources": ["route.request.header.A"] },
          "tls": { "certificate": "c.pem", "key": "k.pem", "folder": "t" },
          "answers": { "strict": true, "allowNull": true, "allowTextStatus": true, "decodeBase64": true },
          "limits": { "frameBytes": 1000, "frameBytesCountCompressed": true, "messageBytes": 2000, "idleTimeout": "00:01:00" },
          "throttle": { "requestsPerSecond": 1, "burst": 1, "connectsPerSecond": 1 },
          "faults": { "adminEndpoint": true, "latency": "00:00:01", "errorRate": 0.5, "errorStatus": 500, "hangRate": 0, "seed": 1 },
          "signing": { "keys": { "a": "b" }, "allowedClockSkew": "00:05:00" }
        }
        """;

    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("gateway").FullName, "gateway.json");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public void Every_setting_of_this_file_is_known()
    {
        var fault = Assert.Throws<GatewayOptionsException>(() => Read(Everything)).Message; // by no route: the only thing wrong with it

        Assert.EndsWith("The function 'h' is used by no route and no authorizer.", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_value_may_be_replaced_by_any_other_and_the_answer_is_one_sentence_with_a_line()
    {
        // Each value of the file in turn, by each kind of value.
        var text = Everything.Replace("\"h\": {", "\"unused\": {", StringComparison.Ordinal);
        var values = Regex.Matches(text, "(?<=: )(\"[^\"]*\"|[0-9.]+|true|\\[[^]]*\\])").Concat(Regex.Matches(text, "(?<=: )\\{[^{}]*\\}")).ToArray();
        Assert.InRange(values.Length, 60, 200);
        foreach (var value in values)
        {
            foreach (var other in (string[])["null", "true", "17", "-1", "1e99", "\"\"", "\"x\"", "[]", "[null]", "[[1]]", "{}", "{\"\":1}", "{\"x\":null}"])
            {
                var changed = text.Remove(value.Index, value.Length).Insert(value.Index, other);
                var told = Assert.Throws<GatewayOptionsException>(() => Read(changed)).Message;
                Assert.Matches($@"^{_file}, line \d+: [^\n]+\.$", told);
            }
        }
    }

    [Fact]
    public void A_file_may_begin_with_a_byte_order_mark()
    {
        File.WriteAllText(_file, """{ "stage": "dev" }""", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        Assert.Equal("dev", GatewayFile.Read(_file).Stage);
    }

    [Theory]
    [InlineData("{\n  \"routes\": null\n}", "line 2: routes must not be null; leave it out for its default.")]
    [InlineData("{\n  \"routes\": {\n    \"a\": null\n  }\n}", "line 3: routes.a must not be null; leave it out for its default.")]
    [InlineData("{\n  \"stage\": \"a\",\n  \"stage\": \"b\"\n}", "line 3: stage is there twice; first in line 2.")]
    [InlineData("{\n  \"routes\": { \"a\": { \"function\": \"f\" },\n    \"a\": { \"function\": \"g\" } }\n}", "line 3: routes.a is there twice; first in line 2.")]
    [InlineData("{\n  \"routes\": {\n    \"\": { \"function\": \"f\" }\n  }\n}", "line 3: A name in routes is empty.")]
    [InlineData("{\n  \"routes\": []\n}", "line 2: routes must be an object.")]
    [InlineData("{\n  \"stage\": 5\n}", "line 2: stage must be text in quotation marks.")]
    [InlineData("{\n  \"limits\": {\n    \"timeScale\": \"fast\"\n  }\n}", "line 3: limits.timeScale must be a number.")]
    [InlineData("{\n  \"hosts\": \"gateway\"\n}", "line 2: hosts must be a list.")]
    [InlineData("{\n  \"routes\": { \"a\": { \"function\": \"f\", \"routeResponse\": \"yes\" } }\n}", "line 2: routes.a.routeResponse must be true or false.")]
    [InlineData("{\n  \"routeSelectionExpression\": \"request.body.action\"\n}", "line 2: The route selection expression 'request.body.action' has no variable; variables begin with $, as in $request.body.action.")]
    [InlineData("{\n  \"routeSelectionExpression\": \"$request.body['action']\"\n}", "line 2: The route selection expression '$request.body['action']' may only have numbers in brackets; names follow a dot, as in $request.body.action.")]
    [InlineData("{\n  \"routes\": { \"a\": { \"function\": \"f\", \"mock\": \"m\" } }\n}", "line 2: The route 'a' must have one of function, mock and url, but has several.")]
    [InlineData("{\n  \"routes\": { \"a\": { \"mock\": \"$context.connection\" } }\n}", "line 2: The mock of 'a' has $context.connection, which this gateway does not know.")]
    [InlineData("{\n  \"routes\": { \"$connect\": { \"function\": \"f\", \"apiKeyRequired\": true } }\n}", "line 2: $connect requires an API key, but apiKeys has none.")]
    [InlineData("{\n  \"routes\": { \"a\": { \"function\": \"f\" } },\n  \"functions\": { \"f\": { \"handler\": \"app.h\", \"command\": \"c\" } }\n}", "line 3: functions.f must have one of handler, command and invokeEndpoint, but has several.")]
    [InlineData("{\n  \"routes\": { \"a\": { \"function\": \"f\" } },\n  \"functions\": { \"f\": { \"command\": \"c\", \"debugPort\": 9229 } }\n}", "line 3: functions.f.debugPort needs a handler; a command has its own way to open a debugger's port.")]
    [InlineData("{\n  \"apis\": [\n    { \"stage\": \"dev\" },\n    { \"apiId\": \"other00api\", \"stage\": \"dev\" }\n  ]\n}", "line 4: apis.1 has the same address as apis.0, /dev; give them different stages, paths, ids or domains.")]
    [InlineData("{\n  \"routes\": { \"a\": { \"function\": \"f\" } },\n  \"apis\": [{ }]\n}", "line 3: routes and authorizer must be in apis, if there are apis.")]
    [InlineData("{\n  \"apis\": [\n    { \"stage\": \"\" }\n  ]\n}", "line 3: stage must be 1 to 128 letters, digits, hyphens and underscores, but is ''.")]
    public void A_mistake_is_told_with_its_line_and_what_would_be_right(string text, string said) =>
        Assert.Equal($"{_file}, {said}", Assert.Throws<GatewayOptionsException>(() => Read(text)).Message);

    [Fact(Timeout = 60_000)]
    public async Task An_address_of_another_machine_is_told_in_one_sentence()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(_file, "{}", cancellation);
        await using var gateway = ChildProcess.StartProgram("ChatEvents.LocalGateway", arguments: [_file, "--address", "203.0.113.7", "--port", "0"]);

        Assert.Equal(1, await gateway.WaitForExitAsync(cancellation));

        Assert.Equal(["203.0.113.7 is not an address of this machine; choose another with --address."], gateway.Lines());
    }

    private GatewayOptions Read(string text)
    {
        File.WriteAllText(_file, text);
        return GatewayFile.Read(_file);
    }
}
