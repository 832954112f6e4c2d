namespace Amazon.Lambda.Core;

/// <summary>What a mobile SDK says of itself when it invokes the function; every member is null otherwise.</summary>
public interface IClientContext
{
    IDictionary<string, string>? Environment { get; }

    IClientApplication? Client { get; }

    IDictionary<string, string>? Custom { get; }
}

public interface IClientApplication
{
    string? AppPackageName { get; }

    string? AppTitle { get; }

    string? AppVersionCode { get; }

    string? AppVersionName { get; }

    string? InstallationId { get; }
}
