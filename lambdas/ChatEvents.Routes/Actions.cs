namespace ChatEvents.Routes;

/// <summary>What a client may ask for: the route keys that <c>$request.body.action</c> selects.</summary>
internal static class Actions
{
    public const string OnMessage = "onMessage";

    /// <summary>All of them, as JSON.</summary>
    public const string List = $"""["{OnMessage}"]""";

    /// <summary>A frame that is right, as JSON.</summary>
    public const string ExampleFrame = $$"""{"action":"{{OnMessage}}","message":"Hello everyone"}""";
}
