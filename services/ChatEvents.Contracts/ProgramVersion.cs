using System.Reflection;
using System.Runtime.InteropServices;

namespace ChatEvents.Contracts;

/// <summary>The version of the program that runs: one for all of a release, and for a checkout its revision too.</summary>
public static class ProgramVersion
{
    /// <summary>What asks a program for its version.</summary>
    public const string Argument = "--version";

    private static readonly Assembly Program = Assembly.GetEntryAssembly() ?? typeof(ProgramVersion).Assembly;

    /// <summary>Such as <c>0.1.0+3d3c42e5</c>.</summary>
    public static string Version { get; } = Program.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The first line of a program's log: which program, of which version, on what.</summary>
    public static string Line { get; } =
        $"{Program.GetName().Name} {Version} on {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}";

    /// <returns>The exit code.</returns>
    public static int Print()
    {
        Console.WriteLine(Version);
        return 0;
    }
}
