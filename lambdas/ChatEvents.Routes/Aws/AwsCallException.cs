namespace ChatEvents.Routes.Aws;

/// <summary>A call to an AWS service failed, as far as we know; the message names the operation and the reason.</summary>
/// <param name="message">One sentence.</param>
/// <param name="isTransient">Whether the same call may succeed a moment later.</param>
/// <param name="cause">The failure of the network, if that was the reason.</param>
/// <param name="wasRefused">Whether the service has said that it does not do it; if not, it may have done it all the same.</param>
public sealed class AwsCallException(string message, bool isTransient, Exception? cause = null, bool wasRefused = false)
    : Exception(message, cause)
{
    public bool IsTransient => isTransient;

    public bool WasRefused => wasRefused;
}
