namespace ChatEvents.FanOut.Posting;

/// <summary>How one post to one connection ended.</summary>
public enum DeliveryOutcome
{
    /// <summary>200: the gateway took the message. It does not say that the client read it.</summary>
    Delivered,

    /// <summary>410: not connected now. Only for a connection that is no newborn does it mean never again.</summary>
    Gone,

    /// <summary>429: either the account's quota is used up, or this one client does not read and its send buffer is full.</summary>
    Throttled,

    /// <summary>413, or known before: more than 128 KB.</summary>
    TooLarge,

    /// <summary>401 or 403: credentials, policy or stage are wrong. No retry helps, and it is nothing the connection did.</summary>
    Forbidden,

    /// <summary>Timed out, refused, 5xx, or an answer that nobody knows.</summary>
    Failed,
}
