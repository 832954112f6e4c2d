using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Lambda;
using ChatEvents.Deploy.Configuration;
using Constructs;

namespace ChatEvents.Deploy.Functions;

/// <summary>A published program, and the functions that are made from it. Each function gets its own role and log.</summary>
internal sealed class LambdaPackage
{
    /// <summary>
    /// The file that the runtime <c>provided.al2023</c> starts. This runtime passes the handler's name on unchanged; the managed runtime of
    /// .NET would read it as the name of an assembly.
    /// </summary>
    private const string Executable = "bootstrap";

    private readonly ChatConfig _config;
    private readonly Code _code;

    /// <exception cref="InvalidConfigException">Nothing was published to the folder.</exception>
    public LambdaPackage(ChatConfig config, string folder)
    {
        var path = Path.GetFullPath(folder, SourceTree.Root);
        if (!File.Exists(Path.Combine(path, Executable)))
            throw new InvalidConfigException($"The Lambda package {path} has no {Executable}; run deploy/publish-lambdas first.");
        _config = config;
        _code = Code.FromAsset(path);
    }

    /// <summary>A function whose role may write its log, and nothing else so far.</summary>
    public Function CreateFunction(Construct scope, LambdaFunctionProps props)
    {
        var name = char.ToUpperInvariant(props.Handler[0]) + props.Handler[1..];
        var logs = LogGroups.Create(scope, $"{name}Logs", _config);
        var role = new Role(scope, $"{name}Role", new RoleProps { AssumedBy = new ServicePrincipal("lambda.amazonaws.com") });
        logs.GrantWrite(role);

        // With a suffix, because the CDK leaves the name "Default" out of the names of resources.
        return new Function(scope, $"{name}Function", new FunctionProps
        {
            Description = props.Description,
            Architecture = _config.Architecture == CpuArchitecture.Arm64 ? Architecture.ARM_64 : Architecture.X86_64,
            Code = _code,
            Environment = props.Environment,
            Handler = props.Handler,
            LogGroup = logs,
            MemorySize = props.MemoryMB,
            ReservedConcurrentExecutions = props.ReservedConcurrency,
            Role = role,
            // The package contains its own precompiled .NET, which starts faster than the managed runtime.
            Runtime = Runtime.PROVIDED_AL2023,
            Timeout = props.Timeout,
        });
    }
}

/// <summary>The properties that differ between functions.</summary>
internal sealed record LambdaFunctionProps(
    string Handler, string Description, int MemoryMB, Duration Timeout, IDictionary<string, string> Environment)
{
    /// <summary>Invocations at once that only this function may use, and no more; null for those that all functions share.</summary>
    public int? ReservedConcurrency { get; init; }
}
