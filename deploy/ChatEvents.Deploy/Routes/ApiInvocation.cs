using Amazon.CDK;
using Amazon.CDK.AWS.Apigatewayv2;
using Amazon.CDK.AWS.Lambda;
using Constructs;

namespace ChatEvents.Deploy.Routes;

/// <summary>How API Gateway invokes a function.</summary>
internal static class ApiInvocation
{
    /// <summary>The URI that API Gateway invokes it by.</summary>
    public static string UriOf(Function function)
    {
        var stack = Stack.Of(function);
        return $"arn:{stack.Partition}:apigateway:{stack.Region}:lambda:path/2015-03-31/functions/{function.FunctionArn}/invocations";
    }

    /// <summary>Lets one part of the API invoke the function, and nothing else.</summary>
    /// <param name="scope">Gets the permission.</param>
    /// <param name="function">What may be invoked.</param>
    /// <param name="api">The API.</param>
    /// <param name="part">The part of it, as ARNs name it behind the API's id.</param>
    public static void Allow(Construct scope, Function function, CfnApi api, string part) =>
        _ = new CfnPermission(scope, "Permission", new CfnPermissionProps
        {
            Action = "lambda:InvokeFunction",
            FunctionName = function.FunctionArn,
            Principal = "apigateway.amazonaws.com",
            SourceArn = Stack.Of(scope).FormatArn(new ArnComponents { Service = "execute-api", Resource = api.Ref, ResourceName = part }),
        });
}
