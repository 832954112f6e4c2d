using System.Text.Json;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Files;

/// <summary>Reads <c>gateway.json</c>. Every error includes the line.</summary>
internal static class GatewayFile
{
    public static GatewayOptions Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GatewayOptionsException($"{path} cannot be read: {e.Message}");
        }

        var options = Parse(bytes, path);
        if (OptionsCheck.FindFault(options) is { } fault)
            throw new GatewayOptionsException($"{path}, line {JsonLines.Find(bytes, fault.Path)}: {fault.Sentence}");
        return options;
    }

    private static GatewayOptions Parse(byte[] bytes, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, GatewayFileJson.Default.GatewayOptions)
                ?? throw new GatewayOptionsException($"{path}, line 1: The file must hold an object.");
        }
        catch (JsonException e)
        {
            throw new GatewayOptionsException($"{path}, line {e.LineNumber + 1}: {Sentence(e)}");
        }
    }

    private static string Sentence(JsonException e)
    {
        // A syntax error comes from the reader. The texts of mapping errors name .NET types, so they are not shown.
        var setting = e.Path is null or "$" ? "The file" : e.Path["$.".Length..];
        if (e.InnerException is JsonException syntax)
            return $"Not JSON: {syntax.Message.Split(" LineNumber:")[0]}";
        return e.Message.Contains("could not be mapped", StringComparison.Ordinal)
            ? $"{setting} is not a setting."
            : $"{setting} has a value of the wrong kind.";
    }
}
