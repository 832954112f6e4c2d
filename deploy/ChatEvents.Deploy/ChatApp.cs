using Amazon.CDK;
using ChatEvents.Deploy.Configuration;

namespace ChatEvents.Deploy;

/// <summary>The CDK app with its one stack. It sets the CDK's feature flags, so that the CLI and the tests see the same template.</summary>
public static class ChatApp
{
    private static readonly Dictionary<string, object> FeatureFlags = new()
    {
        // Statements that differ in only one member are merged.
        ["@aws-cdk/aws-iam:minimizePolicies"] = true,
        // Without this flag, a service with a circuit breaker can never use another deployment controller.
        ["@aws-cdk/aws-ecs:disableExplicitDeploymentControllerForCircuitBreaker"] = true,
    };

    /// <param name="config">Describes the deployment.</param>
    /// <param name="outdir">The folder for templates and assets.</param>
    public static (App App, ChatStack Stack) Create(ChatConfig config, string outdir)
    {
        // Otherwise the CDK's Node process prints twelve lines about the age of Node 20 at every start.
        System.Environment.SetEnvironmentVariable("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20");

        var app = new App(new AppProps { Outdir = outdir, PostCliContext = FeatureFlags });
        var stack = new ChatStack(app, config);
        foreach (var (key, value) in config.Tags) Amazon.CDK.Tags.Of(stack).Add(key, value);
        Amazon.CDK.Tags.Of(stack).Add("application", config.Name);
        Amazon.CDK.Tags.Of(stack).Add("stage", config.Stage);
        Aspects.Of(app).Add(new ExecuteApiEndpointGuard());
        return (app, stack);
    }
}
