using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.Routes;

/// <summary>
/// What can be set for the route functions. On Lambda each is an environment variable: reading a configuration file would cost every
/// cold start.
/// </summary>
public sealed record RouteSettings
{
    /// <summary>
    /// <c>CALLBACK_ENDPOINT</c>: where the connections of this API are posted to, without <c>/@connections</c>. By default
    /// <c>https://{domainName}/{stage}</c> of the event, which is right unless the API has a custom domain or runs locally.
    /// </summary>
    public string? CallbackEndpoint { get; init; }

    /// <summary>
    /// <c>MAX_MESSAGE_BYTES</c>: the longest chat message, in bytes of UTF-8, from 1 to <see cref="Limits.MaxGatewayMessageBytes"/>.
    /// </summary>
    public int MaxMessageBytes { get; init; } = Limits.DefaultMaxChatMessageBytes;

    /// <summary>
    /// <c>CONNECTIONS_QUEUE</c> and <c>MESSAGES_QUEUE</c>: names, or the URLs, which saves a cold start the look-up.
    /// </summary>
    public RouteEventQueues Queues { get; init; } = new();

    /// <exception cref="InvalidSettingException">A variable is set to something that makes no sense.</exception>
    public static RouteSettings FromEnvironment(Func<string, string?> variable) => new()
    {
        CallbackEndpoint = CallbackEndpointIn(variable("CALLBACK_ENDPOINT")),
        MaxMessageBytes = MaxMessageBytesIn(variable("MAX_MESSAGE_BYTES")),
        Queues = new RouteEventQueues
        {
            Connections = variable("CONNECTIONS_QUEUE") is { Length: > 0 } connections ? connections : QueueNames.Connections,
            Messages = variable("MESSAGES_QUEUE") is { Length: > 0 } messages ? messages : QueueNames.Messages,
        },
    };

    private static string? CallbackEndpointIn(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        return Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? value.TrimEnd('/')
            : throw new InvalidSettingException($"CALLBACK_ENDPOINT must be an http or https URL, but is {value}.");
    }

    private static int MaxMessageBytesIn(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return Limits.DefaultMaxChatMessageBytes;
        }

        return int.TryParse(value, out var bytes) && bytes is >= 1 and <= Limits.MaxGatewayMessageBytes
            ? bytes
            : throw new InvalidSettingException(
                $"MAX_MESSAGE_BYTES must be from 1 to {Limits.MaxGatewayMessageBytes}, but is {value}.");
    }
}
