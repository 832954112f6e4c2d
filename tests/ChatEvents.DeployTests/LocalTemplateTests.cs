using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatEvents.Deploy;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Functions;
using ChatEvents.Deploy.Routes;
using ChatEvents.DeployTests.Synthesis;
using ChatEvents.LocalGateway.Templates;

namespace ChatEvents.DeployTests;

/// <summary>
/// The local system and the containers serve the API and functions of <c>deploy/local</c>. They are those of a synthesis, stored because that
/// takes the CDK longer than the whole local system takes to start. After an intended change run the test with <c>UPDATE_SNAPSHOTS=1</c> and
/// commit the files that it writes.
/// </summary>
public sealed class LocalTemplateTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("local", "chat.template.json")]
    [InlineData("local-auth", "chat-auth.template.json")]
    public void What_runs_here_is_what_is_synthesized(string synthesized, string file)
    {
        var path = PathOf(file);
        var now = ApiAndFunctions(Synthesized.ByName(synthesized));
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1") File.WriteAllText(path, now);

        Assert.True(
            File.Exists(path) && now == File.ReadAllText(path).ReplaceLineEndings("\n"),
            $"deploy/local/{file} is not what deploy/ is synthesized to; UPDATE_SNAPSHOTS=1 writes it again.");
    }

    [Theory]
    [InlineData("chat.template.json", AuthMode.None)]
    [InlineData("chat-auth.template.json", AuthMode.Required)]
    public void The_gateway_reads_from_it_the_routes_of_the_chat_by_their_handlers(string file, AuthMode mode)
    {
        var auth = new AuthConfig { Mode = mode };

        var (api, _) = TemplateFile.Read(PathOf(file), new TemplateReading { StartsFunctions = false });

        Assert.Equal(
            Route.Of(auth).Select(route => $"{route.Key} -> {route.Handler}, answers: {route.Answers}").Order(StringComparer.Ordinal),
            api.Routes.Select(route => $"{route.Key} -> {route.Value.Function}, answers: {route.Value.RouteResponse}").Order(StringComparer.Ordinal));
        Assert.Equal(auth.HasAuthorizer ? "authorize" : null, api.Authorizer?.Function);
        Assert.Equal("local", api.Stage);
        Assert.All(api.Functions.Values, function => Assert.Equal(TimeSpan.FromSeconds(15), function.Timeout));
    }

    [Fact]
    public void A_function_gets_here_the_variables_that_it_is_deployed_with()
    {
        var (api, _) = TemplateFile.Read(
            PathOf("chat.template.json"), new TemplateReading { Given = name => name.StartsWith("Tables", StringComparison.Ordinal) ? NameOf(name) : null, StartsFunctions = false });

        Assert.Equal("TablesRooms", api.Functions["who"].Environment["ROOMS_TABLE"]);
        Assert.Equal("65536", api.Functions["who"].Environment["MAX_MESSAGE_BYTES"]);
        Assert.DoesNotContain("ROOMS_TABLE", api.Functions["leave"].Environment.Keys);
        // Nobody has said what the queue is called.
        Assert.DoesNotContain("CONNECTIONS_QUEUE", api.Functions["leave"].Environment.Keys);
    }

    [Fact]
    public void The_whole_folder_that_is_deployed_is_read_with_the_code_of_its_functions()
    {
        var folder = Path.GetDirectoryName(Synthesized.Small.Path)!;

        var (api, _) = TemplateFile.Read(folder, new TemplateReading { Given = NameOf });

        Assert.True(File.Exists(Path.Combine(folder, "manifest.json")));
        Assert.Equal(Route.OfEverybody.Select(route => route.Key).Order(StringComparer.Ordinal), api.Routes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            Route.OfEverybody.Select(route => route.Handler).Distinct().Order(StringComparer.Ordinal),
            api.Functions.Values.Select(function => function.Environment["_HANDLER"]).Order(StringComparer.Ordinal));
        Assert.All(api.Functions.Values, function =>
        {
            Assert.Equal(("./bootstrap", 512), (function.Command, function.MemorySize));
            Assert.True(File.Exists(Path.Combine(function.Directory, PublishedPackage.Executable)));
        });
    }

    /// <summary>What only a deployment knows: names of queues and tables. Without the digits by which the CDK makes ids unique.</summary>
    private static string? NameOf(string id) =>
        id.StartsWith("Queues", StringComparison.Ordinal) || id.StartsWith("Tables", StringComparison.Ordinal) ? id[..^8] : null;

    internal static string PathOf(string file) => Path.Combine(SourceTree.Root, "deploy", "local", file);

    /// <summary>
    /// Without the digest of the code, which is other for every source, and without the order in which CloudFormation creates what is left out.
    /// </summary>
    private static string ApiAndFunctions(Template template)
    {
        var kept = new JsonObject();
        foreach (var resource in template.All.Where(resource =>
            resource.Type.StartsWith("AWS::ApiGatewayV2::", StringComparison.Ordinal) || resource.Type is "AWS::Lambda::Function" or "AWS::Lambda::Permission"))
        {
            var json = resource.Json.DeepClone().AsObject();
            json.Remove("DependsOn");
            kept[resource.Id] = json;
        }

        return Template.WithoutAssetDigests(new JsonObject { ["Resources"] = kept }.ToJsonString(Indented)) + "\n";
    }
}
