namespace ChatEvents.Local;

/// <summary>What the local system takes for given, and what its command line may change.</summary>
public sealed class LocalSettings
{
    public const int DefaultPort = 8080;

    /// <summary>Used where <c>AWS_REGION</c> names none. Arbitrary: emulators take any.</summary>
    public const string DefaultRegion = "eu-central-1";

    public const string Stage = "local";

    /// <summary>Port on loopback, 0 to 65535; 0 takes any free one.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The region of this process: <c>AWS_REGION</c>, <c>AWS_DEFAULT_REGION</c>, or <see cref="DefaultRegion"/>.</summary>
    public static string Region =>
        Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? DefaultRegion;

    /// <summary>An environment variable; null where it is not set or empty.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>On AWS the region is always set, and the parts rely on it; here the program sees to that.</summary>
    public static void CompleteEnvironment() => Environment.SetEnvironmentVariable("AWS_REGION", Region);
}
