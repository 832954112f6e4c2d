using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.Local;

/// <summary>The fixed values of the local system, and the ones that its command line can change.</summary>
public sealed class LocalSettings
{
    public const int DefaultPort = 8080;

    /// <summary>The region where <c>AWS_REGION</c> is not set. Arbitrary: emulators accept any.</summary>
    public const string DefaultRegion = "eu-central-1";

    public const string Stage = "local";

    public const string Localhost = "localhost";

    public const string NoAuth = "none";

    /// <summary>An IP address to listen on, or <see cref="Localhost"/>, which is both loopback addresses; <c>0.0.0.0</c> in a container.</summary>
    public string Address { get; init; } = Localhost;

    /// <summary>Port, 0 to 65535; 0 takes any free one.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>Who may connect: <c>none</c> (everybody, as in the tutorial), <c>optional</c> or <c>required</c> tokens.</summary>
    public string Auth { get; init; } = NoAuth;

    public bool HasAuthorizer => Auth != NoAuth;

    /// <summary>The region of this process: <c>AWS_REGION</c>, <c>AWS_DEFAULT_REGION</c>, or <see cref="DefaultRegion"/>.</summary>
    public static string Region =>
        Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? DefaultRegion;

    /// <summary>An environment variable; null if it is not set or is empty.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>
    /// A variable of a deployed function. This process may set another value, but not name other queues and tables: it has one name of each, from
    /// the workers' settings.
    /// </summary>
    public static string? Deployed(FunctionOptions function, string name)
    {
        var deployed = function.Environment.TryGetValue(name, out var value) ? value : null;
        return name.EndsWith("_QUEUE", StringComparison.Ordinal) || name.EndsWith("_TABLE", StringComparison.Ordinal) ? deployed : Variable(name) ?? deployed;
    }

    /// <summary>On AWS the region is always set, and the parts rely on it; here this method sets it.</summary>
    public static void CompleteEnvironment() => Environment.SetEnvironmentVariable("AWS_REGION", Region);
}
