namespace ChatEvents.Routes.Authorizing;

/// <summary>Whether a client needs a token to connect.</summary>
public enum AuthMode
{
    /// <summary>Without a token one is a guest; a wrong one is refused.</summary>
    Optional,

    Required,
}
