namespace Amazon.Lambda.Core;

/// <summary>What a mobile SDK says of itself when it invokes the function. API Gateway and SQS send none, so it is not read.</summary>
public interface IClientContext
{
    IDictionary<string, string>? Environment { get; }

    IDictionary<string, string>? Custom { get; }
}
