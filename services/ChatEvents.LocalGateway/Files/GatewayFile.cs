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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new GatewayOptionsException($"{path} cannot be read: {e.Message}");
        }

        var json = bytes.AsSpan();
        if (json.StartsWith("\uFEFF"u8))
            json = json[3..];
        var options = Parse(json, path, out var lines);
        if (lines.Fault is { } mistake)
            throw Fault(mistake);
        if (OptionsCheck.FindFault(options) is { } fault)
            throw Fault(fault);
        options.Source = Path.GetFileName(path);
        ResolvePaths(options, Path.GetDirectoryName(Path.GetFullPath(path))!);
        return options;

        GatewayOptionsException Fault(OptionsFault fault) => new($"{path}, line {lines.Find(fault.Path)}: {fault.Sentence}");
    }

    private static GatewayOptions Parse(ReadOnlySpan<byte> json, string path, out JsonLines lines)
    {
        lines = new JsonLines();
        try
        {
            lines = JsonLines.Read(json);
            if (lines.Fault is not null)
                return new GatewayOptions();
            return JsonSerializer.Deserialize(json, GatewayFileJson.Default.GatewayOptions)!;
        }
        catch (JsonException e)
        {
            throw new GatewayOptionsException($"{path}, line {e.LineNumber + 1}: {JsonMistake.Sentence(e)}");
        }
    }

    /// <summary>Paths in the file are relative to it, not to where the program was started.</summary>
    private static void ResolvePaths(GatewayOptions options, string folder)
    {
        foreach (var function in options.Functions.Values)
            function.Directory = Path.GetFullPath(function.Directory, folder);
        var tls = options.Tls;
        tls.Certificate = tls.Certificate is null ? null : Path.GetFullPath(tls.Certificate, folder);
        tls.Key = tls.Key is null ? null : Path.GetFullPath(tls.Key, folder);
        tls.Folder = tls.Folder is null ? null : Path.GetFullPath(tls.Folder, folder);
    }
}
