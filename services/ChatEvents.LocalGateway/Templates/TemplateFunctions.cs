using System.Globalization;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Files;

namespace ChatEvents.LocalGateway.Templates;

/// <summary>Reads the functions of a CloudFormation or SAM template.</summary>
/// <param name="globals">Of all functions of a SAM template.</param>
/// <param name="intrinsics">Evaluates values.</param>
/// <param name="folder">Of the template.</param>
/// <param name="assets">Where code is that the CDK has packed; null if the gateway starts no function.</param>
internal sealed class TemplateFunctions(TemplateNode? globals, Intrinsics intrinsics, string folder, CdkAssets? assets)
{
    private readonly Dictionary<string, string> _handlers = new(StringComparer.Ordinal);

    public static bool IsFunction(string type) => type is "AWS::Lambda::Function" or "AWS::Serverless::Function";

    public FunctionOptions Read(string name, TemplateNode resource)
    {
        var isSam = resource["Type"]!.Text == "AWS::Serverless::Function";
        var function = assets is null ? NotStarted(name, resource, isSam) : Started(name, resource, isSam, assets);
        if (Find(resource, "Timeout", isSam) is { } timeout)
            function.Timeout = TimeSpan.FromSeconds(int.Parse(intrinsics.Text(timeout, "Timeout"), CultureInfo.InvariantCulture));
        else
            function.Timeout = TimeSpan.FromSeconds(3); // Lambda's default
        function.MemorySize = Find(resource, "MemorySize", isSam) is { } memory
            ? int.Parse(intrinsics.Text(memory, "MemorySize"), CultureInfo.InvariantCulture)
            : 128; // Lambda's default
        if (isSam)
            ReadVariables(globals?["Environment"]?["Variables"], function);
        ReadVariables(resource["Properties"]?["Environment"]?["Variables"], function);
        return function;
    }

    /// <summary>Functions that somebody else starts go by their handlers, which is what they are called there, where those tell them apart.</summary>
    public void NameByHandlers(GatewayOptions options)
    {
        var names = _handlers.ToDictionary(
            function => function.Key,
            function => ApiCheck.IsFunctionName(function.Value) && IsOfOne(function.Value) ? function.Value : function.Key);
        foreach (var api in options.AllApis)
        {
            foreach (var route in api.Routes.Values.Where(route => route.Function.Length > 0))
                route.Function = names[route.Function];
            if (api.Authorizer is { } authorizer)
                authorizer.Function = names[authorizer.Function];
        }

        options.Functions = options.Functions.ToDictionary(function => names[function.Key], function => function.Value);

        bool IsOfOne(string name) => _handlers.Count(function => function.Key == name || function.Value == name) == 1;
    }

    private FunctionOptions Started(string name, TemplateNode resource, bool isSam, CdkAssets code)
    {
        var runtime = intrinsics.Text(Find(resource, "Runtime", isSam) ?? throw NoRuntime(resource, name, isSam), "Runtime");
        var handler = intrinsics.Text(Find(resource, "Handler", isSam) ?? throw new TemplateException(resource.Line, $"{name} has no Handler."), "Handler");
        var function = FunctionCode.Start(runtime, handler, CodeOf(resource, name, isSam, code), resource.Line);
        if (Find(resource, "Layers", isSam) is { } layers)
            throw new TemplateException(layers.Line, $"{name}: layers are not supported.");
        return function;
    }

    private FunctionOptions NotStarted(string name, TemplateNode resource, bool isSam)
    {
        _handlers[name] = Find(resource, "Handler", isSam) is { } handler ? intrinsics.Text(handler, "Handler") : name;
        return new FunctionOptions();
    }

    private TemplateNode? Find(TemplateNode resource, string property, bool isSam) =>
        resource["Properties"]?[property] ?? (isSam ? globals?[property] : null);

    private TemplateException NoRuntime(TemplateNode resource, string name, bool isSam) => Find(resource, "PackageType", isSam)?.Text == "Image"
        ? new TemplateException(resource.Line, $"{name} is a container image; start it, and name its address as invokeEndpoint in gateway.json.")
        : new TemplateException(resource.Line, $"{name} has no Runtime.");

    private string CodeOf(TemplateNode resource, string name, bool isSam, CdkAssets code)
    {
        if (isSam)
        {
            var uri = Find(resource, "CodeUri", isSam);
            if (uri is null && resource["Properties"]?["InlineCode"] is { } inline)
                throw new TemplateException(inline.Line, $"{name}: inline code is not supported; put it into a file.");
            var path = uri is null ? "." : intrinsics.Text(uri, "CodeUri");
            if (path.StartsWith("s3:", StringComparison.Ordinal))
                throw new TemplateException(uri!.Line, $"{name}: the code is in S3 ({path}); use the template before it is packaged.");
            return Path.GetFullPath(path, folder);
        }

        if (resource["Metadata"]?["aws:asset:path"]?.Text is { } asset)
            return Path.GetFullPath(asset, folder);
        var place = resource["Properties"]?["Code"] ?? throw new TemplateException(resource.Line, $"{name} has no Code.");
        if (place.Text is { } local)
            return Path.GetFullPath(local, folder); // as "aws cloudformation package" takes it
        if (place["ZipFile"] is { } zip)
            throw new TemplateException(zip.Line, $"{name}: inline code is not supported; put it into a file.");
        if (place["S3Key"] is { } key)
        {
            return code.FolderOf(intrinsics.Text(key, "S3Key"))
                ?? throw new TemplateException(key.Line, $"{name}: the code is in S3 and no asset of cdk synth; name a local folder.");
        }

        throw new TemplateException(place.Line, $"{name}: the gateway cannot find the code.");
    }

    private void ReadVariables(TemplateNode? variables, FunctionOptions function)
    {
        foreach (var (name, value) in variables?.Members ?? new Dictionary<string, TemplateNode>())
        {
            try
            {
                if (intrinsics.Evaluate(value) is { } given)
                    function.Environment[name] = given.NeedText(name);
            }
            catch (TemplateException) when (assets is null)
            {
                // Who starts the function gives it its variables.
            }
        }
    }
}
