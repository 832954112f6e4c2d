namespace ChatEvents.LocalGateway.Configuration;

/// <summary>
/// A Lambda function. With <see cref="Handler"/> or <see cref="Command"/> the gateway starts its environments; otherwise they are started
/// by hand, or an Invoke API serves the function.
/// </summary>
public sealed class FunctionOptions
{
    /// <summary>How long one invocation may run. Default 30 s, from 1 s to 15 min.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Megabytes, from 128 to 10,240. Default 1024. Not enforced: the functions' variables say it, and the bill is made with it.
    /// </summary>
    public int MemorySize { get; set; } = 1024;

    /// <summary>
    /// The address of an Invoke API that serves this function: <c>http://host:port</c>, or with the whole path of the invocation. Default:
    /// none, its environments poll this gateway's Runtime API.
    /// </summary>
    public Uri? InvokeEndpoint { get; set; }

    /// <summary>A Node (<c>folder/file.export</c>) or Python (<c>folder/module.function</c>) handler, as on AWS.</summary>
    public string? Handler { get; set; }

    /// <summary>The command line that starts one environment of any other runtime.</summary>
    public string? Command { get; set; }

    /// <summary>The code's folder, relative to the file. Default: the folder of the file.</summary>
    public string Directory { get; set; } = "";

    /// <summary>Variables for the environments, in addition to the gateway's own.</summary>
    public IDictionary<string, string> Environment { get; set; } = new Dictionary<string, string>();

    /// <summary>How many environments may run at once. Default 10, from 1 to 1000. Arbitrary.</summary>
    public int Instances { get; set; } = 10;

    /// <summary>An environment that waits for longer than this is ended. Default 5 min. AWS does not document its time.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A port whose root is the Runtime API of this function, for runtimes that accept only host and port; 0 takes a free one. Default 0 for
    /// functions that the gateway starts and for the gateway as a program, otherwise none.
    /// </summary>
    public int? Port { get; set; }

    /// <summary>The port for a debugger of the handler. There is one environment then, and no time limit.</summary>
    public int? DebugPort { get; set; }

    /// <summary>
    /// Files and folders whose changes restart the environments. Default: the source files below <see cref="Directory"/> for a handler, and
    /// the files that a command names.
    /// </summary>
    public IList<string> Watch { get; set; } = [];

    internal bool IsStarted => Handler is not null || Command is not null;
}
