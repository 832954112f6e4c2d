using System.Globalization;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Functions;

namespace ChatEvents.LocalGateway.Processes;

/// <summary>The variables of the environments of one function, as Lambda sets them.</summary>
internal static class FunctionVariables
{
    private static readonly string[] Proxies = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];

    /// <param name="function">The function.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="region">Of the gateway.</param>
    /// <param name="runtimeApi">Where it asks for events.</param>
    /// <param name="environment">The environment to be started.</param>
    /// <param name="gateway">The variables by which functions find and trust the gateway.</param>
    public static Dictionary<string, string> For(
        RuntimeFunction function,
        FunctionOptions options,
        string region,
        string runtimeApi,
        FunctionEnvironment environment,
        IReadOnlyDictionary<string, string> gateway)
    {
        var variables = new Dictionary<string, string>(gateway)
        {
            ["AWS_LAMBDA_RUNTIME_API"] = runtimeApi,
            ["AWS_LAMBDA_FUNCTION_NAME"] = function.Name,
            ["AWS_LAMBDA_FUNCTION_VERSION"] = "$LATEST",
            ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = options.MemorySize.ToString(CultureInfo.InvariantCulture),
            ["AWS_LAMBDA_LOG_GROUP_NAME"] = "/aws/lambda/" + function.Name,
            ["AWS_LAMBDA_LOG_STREAM_NAME"] = "local",
            ["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand",
            ["AWS_REGION"] = region,
            ["AWS_DEFAULT_REGION"] = region,
            ["LAMBDA_TASK_ROOT"] = Path.GetFullPath(options.Directory),
            ["_HANDLER"] = options.Handler ?? function.Name,
            ["CHATEVENTS_ENVIRONMENT"] = environment.Id.ToString(CultureInfo.InvariantCulture),
        };
        // SDKs refuse to sign without keys. Real ones in the gateway's environment are left alone: the function may call AWS.
        if (!IsSet("AWS_ACCESS_KEY_ID") && !IsSet("AWS_PROFILE"))
            (variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]) = ("local", "local");
        // The gateway itself is not reached through a proxy.
        if (Proxies.Any(IsSet))
            variables["NO_PROXY"] = variables["no_proxy"] = string.Join(',', Get("NO_PROXY") ?? Get("no_proxy"), "localhost", "127.0.0.1").TrimStart(',');
        foreach (var (name, value) in options.Environment)
            variables[name] = value;
        return variables;
    }

    private static bool IsSet(string name) => !string.IsNullOrEmpty(Get(name));

    private static string? Get(string name) => Environment.GetEnvironmentVariable(name);
}
