using System.Buffers.Binary;

namespace ChatEvents.Deploy.Functions;

/// <summary>
/// Unix rights in a zip count only where the zip says that it was made on Unix. .NET writes the system it runs on, and without this
/// a package from Windows would hold a <c>bootstrap</c> that Lambda may not execute.
/// </summary>
internal static class ZipOrigin
{
    private const byte Unix = 3;

    private const uint DirectoryEntry = 0x02014B50;

    private const uint EndOfDirectory = 0x06054B50;

    private const int EndLength = 22;

    public static void MarkAsUnix(string path)
    {
        var zip = File.ReadAllBytes(path);
        var end = zip.Length - EndLength;
        while (At(end) != EndOfDirectory) end--;

        // The directory's offset is at 16 of its end, the lengths of an entry's name, extra field and comment at 28, 30 and 32.
        for (var entry = (int)At(end + 16); At(entry) == DirectoryEntry; entry += 46 + Short(entry + 28) + Short(entry + 30) + Short(entry + 32))
            zip[entry + 5] = Unix;
        File.WriteAllBytes(path, zip);

        uint At(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(offset));
        ushort Short(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(offset));
    }
}
