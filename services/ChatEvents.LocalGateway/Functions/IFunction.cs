namespace ChatEvents.LocalGateway.Functions;

/// <summary>A deployed Lambda function, wherever it runs.</summary>
internal interface IFunction
{
    string Name { get; }

    Task<InvocationResult> InvokeAsync(byte[] payload, CancellationToken abandoning);
}
