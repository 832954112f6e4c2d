using System.Collections.Concurrent;
using System.IO.Compression;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Templates;

/// <summary>How a function of a template is started here.</summary>
internal static class FunctionCode
{
    private static readonly ConcurrentDictionary<string, string> Unpacked = new(StringComparer.Ordinal);

    /// <param name="runtime">As <c>nodejs22.x</c>.</param>
    /// <param name="handler">As on AWS.</param>
    /// <param name="folder">Its code, also as a zip file.</param>
    /// <param name="line">Of the function.</param>
    public static FunctionOptions Start(string runtime, string handler, string folder, int line)
    {
        folder = Path.TrimEndingDirectorySeparator(folder);
        if (File.Exists(folder) && folder.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            folder = Unpacked.GetOrAdd(folder, zip => Unpack(zip, line));
        if (!Directory.Exists(folder))
            throw new TemplateException(line, $"The code's folder does not exist: {folder}.");
        if (runtime.StartsWith("nodejs", StringComparison.Ordinal) || runtime.StartsWith("python", StringComparison.Ordinal))
            return new FunctionOptions { Handler = handler, Directory = folder };
        if (runtime.StartsWith("provided", StringComparison.Ordinal))
        {
            return File.Exists(Path.Combine(folder, "bootstrap"))
                ? Command("./bootstrap", handler, folder)
                : throw new TemplateException(line, $"The runtime {runtime} needs a file bootstrap in {folder}; build the function first.");
        }

        if (!runtime.StartsWith("dotnet", StringComparison.Ordinal))
            throw new TemplateException(line, $"The runtime {runtime} is not supported; Node, Python, dotnet and provided runtimes are.");
        if (handler.Contains("::", StringComparison.Ordinal))
            throw new TemplateException(line, $"The handler {handler} is in a class library; an executable with Amazon's bootstrap is needed here.");
        var assembly = Newest(folder, handler + ".dll")
            ?? throw new TemplateException(line, $"There is no {handler}.dll in {folder}; build the function first.");
        return Command($"dotnet {Path.GetRelativePath(folder, assembly)}", handler, folder);
    }

    /// <summary>A program may look at the handler to know which function it is.</summary>
    private static FunctionOptions Command(string command, string handler, string folder) =>
        new() { Command = command, Directory = folder, Environment = { ["_HANDLER"] = handler } };

    private static string Unpack(string zip, int line)
    {
        var folder = Directory.CreateTempSubdirectory("ws-gateway-").FullName;
        try
        {
            ZipFile.ExtractToDirectory(zip, folder);
            return folder;
        }
        catch (InvalidDataException e)
        {
            throw new TemplateException(line, $"{zip} cannot be unpacked: {e.Message}");
        }
    }

    /// <summary>In the folder itself, as it is deployed, or where a build puts it.</summary>
    private static string? Newest(string folder, string file)
    {
        if (File.Exists(Path.Combine(folder, file)))
            return Path.Combine(folder, file);
        var bin = Path.Combine(folder, "bin");
        return Directory.Exists(bin)
            ? Directory.EnumerateFiles(bin, file, SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc)
            : null;
    }
}
