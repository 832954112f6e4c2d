namespace ChatEvents.Routes;

/// <summary>What a client can ask for: the route keys that <c>$request.body.action</c> selects, each with a valid example frame.</summary>
internal static class Actions
{
    public const string OnMessage = "onMessage";
    public const string Join = "join";
    public const string Leave = "leave";
    public const string Who = "who";

    /// <summary>All of them, as JSON.</summary>
    public const string List = $"""["{OnMessage}","{Join}","{Leave}","{Who}"]""";

    public const string OnMessageExample = $$"""{"action":"{{OnMessage}}","message":"Hello everyone"}""";
    public const string DirectMessageExample = $$"""{"action":"{{OnMessage}}","to":"ada","message":"Hello Ada"}""";
    public const string JoinExample = $$"""{"action":"{{Join}}","room":"blue"}""";
    public const string LeaveExample = $$"""{"action":"{{Leave}}","room":"blue"}""";
    public const string WhoExample = $$"""{"action":"{{Who}}","room":"blue"}""";
}
