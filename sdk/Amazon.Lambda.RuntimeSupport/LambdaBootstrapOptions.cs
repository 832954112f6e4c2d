namespace Amazon.Lambda.RuntimeSupport.Bootstrap;

public class LambdaBootstrapOptions
{
    /// <summary>
    /// Host and port of the Runtime API, with a path where it serves several functions: <c>localhost:8080/connect</c>. When it is
    /// null, the environment variable <c>AWS_LAMBDA_RUNTIME_API</c> says it.
    /// </summary>
    public string? RuntimeApiEndpoint { get; set; }
}
