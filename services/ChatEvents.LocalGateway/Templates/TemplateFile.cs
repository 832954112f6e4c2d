using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Templates;

/// <summary>
/// Reads a template as it is deployed: CloudFormation in JSON or YAML, SAM, a <c>cdk.out</c> folder, or <c>serverless.yml</c>. What the gateway
/// cannot do is refused with its line; nothing is guessed silently.
/// </summary>
public static class TemplateFile
{
    /// <param name="path">The file, or the folder that <c>cdk synth</c> writes.</param>
    /// <param name="reading">What the template leaves open.</param>
    /// <returns>The configuration, and what the reader left out, one sentence each.</returns>
    /// <exception cref="GatewayOptionsException">One sentence with the line.</exception>
    public static (GatewayOptions Options, IReadOnlyList<string> Notes) Read(string path, TemplateReading reading)
    {
        var assets = CdkAssets.None;
        if (Directory.Exists(path))
            (path, assets) = CdkAssets.Find(path);
        else if (File.Exists(path) && path.EndsWith(".template.json", StringComparison.Ordinal))
            assets = CdkAssets.Beside(path);
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new GatewayOptionsException($"{path} cannot be read: {e.Message}");
        }

        try
        {
            var template = TemplateNode.Parse(text);
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            var (options, notes) = template["Resources"] is not null
                ? new CloudFormationReader(template, reading, folder, assets).Read()
                : template["functions"] is not null && template["provider"] is not null
                    ? new ServerlessReader(template, reading, folder).Read()
                    : throw new TemplateException(
                        template.Line, "This is neither a CloudFormation template (it has no Resources) nor a serverless.yml (no functions and provider).");
            options.Source = Path.GetFileName(path);
            return (options, notes);
        }
        catch (TemplateException e)
        {
            throw e.In(path);
        }
    }
}
