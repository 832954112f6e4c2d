namespace ChatEvents.Routes.Aws;

/// <summary>An AWS service did not do what it was asked to, as far as we know; the message says which operation, and why.</summary>
/// <param name="message">A sentence.</param>
/// <param name="isTransient">Whether the same call may succeed a moment later.</param>
/// <param name="cause">What the network said.</param>
public sealed class AwsCallException(string message, bool isTransient, Exception? cause = null) : Exception(message, cause)
{
    public bool IsTransient => isTransient;
}
