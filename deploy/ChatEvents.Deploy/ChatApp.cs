using Amazon.CDK;
using ChatEvents.Deploy.Configuration;

namespace ChatEvents.Deploy;

/// <summary>The CDK app around the one stack, with the CDK's feature flags, so that the CLI and the tests see the same template.</summary>
public static class ChatApp
{
    private static readonly Dictionary<string, object> FeatureFlags = new()
    {
        // Statements that differ in one member only are written as one.
        ["@aws-cdk/aws-iam:minimizePolicies"] = true,
        // Without it a service with a circuit breaker can never move to another deployment controller.
        ["@aws-cdk/aws-ecs:disableExplicitDeploymentControllerForCircuitBreaker"] = true,
    };

    /// <param name="config">What to deploy.</param>
    /// <param name="outdir">Where <c>Synth</c> writes the templates and assets.</param>
    public static (App App, ChatStack Stack) Create(ChatConfig config, string outdir)
    {
        // The CDK's Node process would frame twelve lines about the age of Node 20 at every start.
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
