namespace ChatEvents.LocalGateway.Configuration;

public sealed class FunctionOptions
{
    /// <summary>How long one invocation may run. Default 30 s, from 1 s to 15 min.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The address of an Invoke API that serves this function (<c>http://host:port</c>). Default: none, its environments poll this
    /// gateway's Runtime API.
    /// </summary>
    public Uri? InvokeEndpoint { get; set; }
}
