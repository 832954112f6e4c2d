using System.Buffers.Binary;
using System.IO.Compression;
using ChatEvents.Deploy.Configuration;

namespace ChatEvents.Deploy.Functions;

/// <summary>
/// A published program as Lambda takes it: a zip with the executable <c>bootstrap</c>, and the digest of the sources it was made from as
/// the zip's comment.
/// </summary>
public static class PublishedPackage
{
    /// <summary>
    /// What the runtime <c>provided.al2023</c> starts. It hands every function its handler's name, which the managed runtime of .NET
    /// would take for the name of an assembly.
    /// </summary>
    public const string Executable = "bootstrap";

    private const ushort Arm64Machine = 0xB7;

    private const ushort X64Machine = 0x3E;

    private const string Again = "run deploy/deploy publish";

    // The earliest that a zip can say: the same program makes the same zip, and CloudFormation sees no change.
    private static readonly DateTimeOffset Timestamp = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Packs a folder. The executable may be executed, whatever the file system of this machine knows of that.</summary>
    public static void Pack(string folder, string path, string sources)
    {
        using (var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
        {
            zip.Comment = sources;
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                var name = Path.GetRelativePath(folder, file).Replace('\\', '/');
                var entry = zip.CreateEntry(name, CompressionLevel.Optimal);
                entry.LastWriteTime = Timestamp;
                entry.ExternalAttributes = (name == Executable ? 0b1_000_000_111_101_101 : 0b1_000_000_110_100_100) << 16;
                using var content = entry.Open();
                using var source = File.OpenRead(file);
                source.CopyTo(content);
            }
        }

        ZipOrigin.MarkAsUnix(path);
    }

    /// <summary>Writes a package by its looks only, for a template, which does not depend on what is in it.</summary>
    public static void WritePlaceholder(string path, CpuArchitecture processor, string sources)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create) { Comment = sources };
        using var executable = zip.CreateEntry(Executable).Open();
        executable.Write([.. "\u007fELF"u8, .. new byte[14], (byte)(processor == CpuArchitecture.Arm64 ? Arm64Machine : X64Machine), 0]);
    }

    /// <summary>Whether the package is there, for the right processor, and of these sources.</summary>
    /// <exception cref="InvalidConfigException">It is not; the message says what to do.</exception>
    public static void Require(string path, CpuArchitecture processor, string sources)
    {
        if (!File.Exists(path)) throw new InvalidConfigException($"The Lambda package {path} does not exist; {Again} first.");

        using var zip = Open(path);
        var found = ProcessorOf(zip, path);
        if (found != processor)
        {
            throw new InvalidConfigException(
                $"The Lambda package {path} was published for {Name(found)}, but architecture is {Name(processor)}; {Again} again.");
        }

        if (zip.Comment != sources)
            throw new InvalidConfigException($"The Lambda package {path} was published from other sources than this checkout has; {Again} again.");
    }

    private static ZipArchive Open(string path)
    {
        try
        {
            return ZipFile.OpenRead(path);
        }
        catch (InvalidDataException wrong)
        {
            throw new InvalidConfigException($"The Lambda package {path} is no zip; {Again} again.", wrong);
        }
    }

    /// <summary>Reads what the ELF header says: bytes 18 and 19 are the machine.</summary>
    private static CpuArchitecture ProcessorOf(ZipArchive zip, string path)
    {
        Span<byte> header = stackalloc byte[20];
        using var executable = zip.GetEntry(Executable)?.Open();
        var read = executable?.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) ?? 0;
        var isElf = read == header.Length && header.StartsWith("\u007fELF"u8);
        return (isElf ? BinaryPrimitives.ReadUInt16LittleEndian(header[18..]) : 0) switch
        {
            Arm64Machine => CpuArchitecture.Arm64,
            X64Machine => CpuArchitecture.X64,
            _ => throw new InvalidConfigException($"The Lambda package {path} has no {Executable} for Linux; {Again} again."),
        };
    }

    private static string Name(CpuArchitecture processor) => processor.ToString().ToLowerInvariant();
}
