namespace Amazon.Lambda.RuntimeSupport;

/// <summary>The Runtime API refused a call or gave an answer that makes no sense.</summary>
public class RuntimeApiClientException : Exception
{
    internal RuntimeApiClientException(string message)
        : base(message)
    {
    }

    internal RuntimeApiClientException(string message, int statusCode, string response)
        : base(message)
    {
        StatusCode = statusCode;
        Response = response;
    }

    public int StatusCode { get; }

    public string? Response { get; }
}
