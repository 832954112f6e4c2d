using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Files;
using ChatEvents.LocalGateway.Templates;

namespace ChatEvents.GatewayTests;

/// <summary>Templates in the forms that people write them are read, and what the gateway cannot do is refused with its line.</summary>
public sealed class TemplateTests : IAsyncDisposable
{
    private readonly Project _project = new();

    public ValueTask DisposeAsync() => _project.DisposeAsync();

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Templates");

    public static TheoryData<string> Good => [.. Names("good")];

    public static TheoryData<string> Broken => [.. Names("broken")];

    /// <summary>Each is followed by the configuration that it means: the paths of this machine are left out there.</summary>
    [Theory]
    [MemberData(nameof(Good))]
    public void A_template_is_understood(string name)
    {
        Prepare();
        var text = File.ReadAllText(Path.Combine(Folder, "good", name));
        var path = Write(name, text);
        var (given, expected) = Expected(text);

        var (options, _) = TemplateFile.Read(path, Reading(given));

        Assert.Equal(expected, Summary(options));
        Assert.Null(OptionsCheck.FindFault(options));
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_template_that_the_gateway_cannot_serve_is_refused_by_line(string name)
    {
        Prepare();
        var text = File.ReadAllText(Path.Combine(Folder, "broken", name));
        var path = Write(name, text);
        var (given, expected) = Expected(text);

        var refused = Assert.Throws<GatewayOptionsException>(() => TemplateFile.Read(path, Reading(given)));

        var said = refused.Message.Replace(path, "FILE", StringComparison.Ordinal).Replace(_project.Folder, "PROJECT", StringComparison.Ordinal);
        if (expected.EndsWith("...", StringComparison.Ordinal)) // the rest is in the words of the parser
            Assert.StartsWith(expected[..^3], said, StringComparison.Ordinal);
        else
            Assert.Equal(expected, said);
    }

    [Fact]
    public void There_are_a_dozen_of_each()
    {
        Assert.True(Names("good").Count() >= 12);
        Assert.True(Names("broken").Count() >= 12);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_gateway_serves_a_template_and_prints_what_it_understood()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _project.Write("src/app.js", "exports.handler = async event => ({ statusCode: 200, body: `${process.env.TABLE}: ${event.body}` });");
        _project.Write("template.yaml", """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Chat:
                Type: AWS::Serverless::WebSocketApi
                Properties:
                  RouteSelectionExpression: $request.body.action
                  StageName: dev
                  Domain: { DomainName: ws.example.com }
                  Routes:
                    $default: { FunctionArn: !GetAtt Talk.Arn, RouteResponseSelectionExpression: $default }
              Talk:
                Type: AWS::Serverless::Function
                Properties:
                  Runtime: nodejs22.x
                  Handler: app.handler
                  CodeUri: ./src
                  MemorySize: 256
                  Environment: { Variables: { TABLE: !Ref Table } }
              Table:
                Type: AWS::DynamoDB::Table
            """);

        var print = _project.StartGateway("--template", "template.yaml", "--parameter", "Table=people", "--print");
        Assert.Equal(0, await print.WaitForExitAsync(cancellation));
        Assert.Contains(print.Lines(), line => line.Contains("\"handler\": \"app.handler\"", StringComparison.Ordinal));
        Assert.Contains(print.Lines(), line => line.Contains("\"memorySize\": 256", StringComparison.Ordinal));
        Assert.Contains("template.yaml, line 8: Domain has no effect here; see customDomain of gateway.json.", print.ErrorLines());
        var (gateway, address) = await _project.ServeAsync("--template", "template.yaml", "--parameter", "Table=people");
        Assert.Equal("/dev", address.AbsolutePath);
        using var socket = await Project.ConnectAsync(address);
        await socket.SendTextAsync("Hello", cancellation);
        Assert.Equal("people: Hello", await socket.ReceiveTextAsync(cancellation));
        Assert.False(gateway.HasExited);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_value_that_only_a_deployment_knows_ends_the_program_with_its_line()
    {
        _project.Write("template.yaml", "Resources:\n  A:\n    Type: AWS::ApiGatewayV2::Api\n    Properties:\n      ProtocolType: WEBSOCKET\n      RouteSelectionExpression: !Ref Missing\n");

        var gateway = _project.StartGateway("--template", "template.yaml");

        Assert.Equal(1, await gateway.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["template.yaml, line 6: There is no resource or parameter Missing."], gateway.ErrorLines());
    }

    [Fact]
    public void What_is_printed_is_a_gateway_json_that_means_the_same()
    {
        Prepare();
        var text = File.ReadAllText(Path.Combine(Folder, "good", "sam-authorizer.yaml"));
        var (options, _) = TemplateFile.Read(Write("sam-authorizer.yaml", text), Reading(Expected(text).Given));
        var printed = OptionsText.Of(options);

        var read = GatewayFile.Read(Write("gateway.json", printed));

        Assert.Equal(printed, OptionsText.Of(read));
    }

    [Fact]
    public void Of_a_cdk_out_folder_the_manifest_says_what_is_in_it_also_of_stages()
    {
        Prepare();
        var stack = File.ReadAllText(Path.Combine(Folder, "good", "cdk-typescript.template.json")).Split("# expected")[0];
        _project.Write("cdk.out/manifest.json", """
            { "artifacts": {
              "Tree": { "type": "cdk:tree", "properties": { "file": "tree.json" } },
              "assembly-Live": { "type": "cdk:cloud-assembly", "properties": { "directoryName": "assembly-Live" } },
              "Data": { "type": "aws:cloudformation:stack", "properties": { "templateFile": "Data.template.json" } } } }
            """);
        _project.Write("cdk.out/Data.template.json", """{ "Resources": {} }""");
        _project.Write("cdk.out/OldName.template.json", stack);
        _project.Write("cdk.out/assembly-Live/manifest.json", """
            { "artifacts": { "Chat": { "type": "aws:cloudformation:stack", "properties": { "templateFile": "Chat.template.json" } } } }
            """);
        _project.Write("cdk.out/assembly-Live/Chat.template.json", stack);

        var (options, _) = TemplateFile.Read(Path.Combine(_project.Folder, "cdk.out"), new TemplateReading { StartsFunctions = false });

        Assert.Equal("Chat.template.json", options.Source);
        Assert.NotEmpty(options.Routes);

        _project.Write("cdk.out/assembly-Live/manifest.json", """{ "artifacts": { "Chat": {} } }""");
        Assert.Contains("manifest.json is not as cdk synth writes it", Assert.Throws<GatewayOptionsException>(
            () => TemplateFile.Read(Path.Combine(_project.Folder, "cdk.out"), new TemplateReading())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_that_the_gateway_does_not_start_need_no_code_and_go_by_their_handlers_where_these_differ()
    {
        var sam = Write("template.yaml", """
            Resources:
              Api:
                Type: AWS::Serverless::WebSocketApi
                Properties:
                  RouteSelectionExpression: $request.body.action
                  Routes:
                    $connect: { FunctionArn: !GetAtt Open.Arn }
                    $default: { FunctionArn: !GetAtt Talk.Arn }
                    who: { FunctionArn: !GetAtt Who.Arn }
                    leave: { FunctionArn: !GetAtt Leave.Arn }
              Open: { Type: AWS::Serverless::Function, Properties: { Runtime: provided.al2023, Handler: open, CodeUri: ./missing, Timeout: 7 } }
              Talk: { Type: AWS::Serverless::Function, Properties: { PackageType: Image, Environment: { Variables: { TABLE: !Ref Table, SIZE: 3 } } } }
              Who: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs22.x, Handler: app.handler } }
              Leave: { Type: AWS::Serverless::Function, Properties: { Runtime: provided.al2023, Handler: Who } }
            """);
        var serverless = Write("serverless.yml", """
            provider: { name: aws, runtime: nodejs22.x }
            functions:
              talk: { handler: missing/app.handler, events: [{ websocket: $default }], environment: { TABLE: { Ref: Table } } }
            """);

        var (options, _) = TemplateFile.Read(sam, new TemplateReading { StartsFunctions = false });
        var (ofServerless, _) = TemplateFile.Read(serverless, new TemplateReading { StartsFunctions = false });

        // A handler that another function has as its logical id does not tell them apart.
        Assert.Equal(["Leave", "Talk", "Who", "open"], options.Functions.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["open", "Talk", "Who", "Leave"], options.Routes.Values.Select(route => route.Function));
        Assert.Equal(TimeSpan.FromSeconds(7), options.Functions["open"].Timeout);
        Assert.Equal(["SIZE"], options.Functions["Talk"].Environment.Keys);
        Assert.All([.. options.Functions.Values, .. ofServerless.Functions.Values], function => Assert.False(function.IsStarted));
        Assert.Empty(ofServerless.Functions["talk"].Environment);
    }

    private static TemplateReading Reading(IReadOnlyDictionary<string, string> given) => new() { Given = given.GetValueOrDefault };

    private static IEnumerable<string> Names(string kind) =>
        Directory.EnumerateFiles(Path.Combine(Folder, kind)).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    /// <summary>The code that the templates name.</summary>
    private void Prepare()
    {
        _project.Write("src/app.js", "");
        _project.Write("src/chat.py", "");
        _project.Write("app.js", "");
        _project.Write("publish/Chat.dll", "");
        _project.Write("cdk-csharp.assets.json", """{"files":{"fedcba9876543210":{"source":{"path":"publish","packaging":"zip"}}}}""");
        _project.Write("asset.0123456789abcdef/index.js", "");
        _project.Write("aot/bootstrap", "");
    }

    private string Write(string name, string text)
    {
        _project.Write(name, text);
        return Path.Combine(_project.Folder, name);
    }

    /// <summary>Below a line of its own at the end: parameters, one a line, and what is expected.</summary>
    private static (Dictionary<string, string> Given, string Expected) Expected(string text)
    {
        var lines = text.Split("# expected\n")[^1].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[2..]).ToArray();
        var given = lines.Where(line => line.StartsWith("--parameter ", StringComparison.Ordinal)).Select(line => line["--parameter ".Length..].Split('=', 2));
        return (
            given.ToDictionary(pair => pair[0], pair => pair[1]),
            string.Join('\n', lines.Where(line => !line.StartsWith("--parameter ", StringComparison.Ordinal))));
    }

    private string Summary(GatewayOptions options)
    {
        var lines = new List<string>();
        foreach (var api in options.AllApis)
        {
            lines.Add($"stage {api.Stage}, selects by {api.RouteSelectionExpression}{(api.Path.Length > 0 ? $", path {api.Path}" : "")}");
            lines.AddRange(api.StageVariables.Select(variable => $"stage variable {variable.Key}={variable.Value}"));
            if (api.Authorizer is { } authorizer)
                lines.Add($"authorizer {authorizer.Function} by {string.Join(", ", authorizer.IdentitySources)}");
            lines.AddRange(api.Routes.OrderBy(route => route.Key, StringComparer.Ordinal).Select(route =>
                $"{route.Key} -> {(route.Value.Url is { } url ? url : route.Value.Mock is not null ? "MOCK" : route.Value.Function)}{(route.Value.RouteResponse ? ", two-way" : "")}"));
        }

        lines.AddRange(options.Functions.OrderBy(function => function.Key, StringComparer.Ordinal).Select(function =>
            $"{function.Key}: {function.Value.Handler ?? function.Value.Command} in {Path.GetRelativePath(_project.Folder, function.Value.Directory)}, " +
            $"{function.Value.Timeout.TotalSeconds} s{string.Concat(function.Value.Environment.Select(variable => $", {variable.Key}={variable.Value}"))}"));
        return string.Join('\n', lines);
    }
}
