using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Lambda;
using ChatEvents.Deploy.Configuration;
using Constructs;

namespace ChatEvents.Deploy.Functions;

/// <summary>A published program, and the functions that are made of it: each gets a role and a log of its own.</summary>
internal sealed class LambdaPackage
{
    private readonly ChatConfig _config;
    private readonly Code _code;

    /// <exception cref="InvalidConfigException">The package is missing, for another processor, or of other sources.</exception>
    public LambdaPackage(ChatConfig config, string file)
    {
        var path = Path.GetFullPath(file, SourceTree.Root);
        PublishedPackage.Require(path, config.Architecture, SourceDigest.OfCheckout);
        _config = config;
        _code = Code.FromAsset(path);
    }

    /// <summary>A function whose role may write its log, and nothing else yet.</summary>
    public Function CreateFunction(Construct scope, LambdaFunctionProps props)
    {
        var name = char.ToUpperInvariant(props.Handler[0]) + props.Handler[1..];
        var logs = LogGroups.Create(scope, $"{name}Logs", _config);
        var role = new Role(scope, $"{name}Role", new RoleProps { AssumedBy = new ServicePrincipal("lambda.amazonaws.com") });
        logs.GrantWrite(role);

        // Not the bare name: the CDK leaves "Default" out of the names of resources.
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
            // The package brings a .NET of its own, compiled ahead: it starts faster than the managed runtime.
            Runtime = Runtime.PROVIDED_AL2023,
            Timeout = props.Timeout,
            Tracing = _config.Tracing ? Tracing.ACTIVE : null,
        });
    }
}

/// <summary>What one function differs by.</summary>
internal sealed record LambdaFunctionProps(
    string Handler, string Description, int MemoryMB, Duration Timeout, IDictionary<string, string> Environment)
{
    /// <summary>Invocations at once that only this function may use, and no more; null for those that all functions share.</summary>
    public int? ReservedConcurrency { get; init; }
}
