namespace ChatEvents.Routes;

/// <summary>What a client can ask for: the route keys that <c>$request.body.action</c> selects, each with a valid example frame.</summary>
internal static class Actions
{
    public const string OnMessage = "onMessage";
    public const string Join = "join";
    public const string Leave = "leave";
    public const string Who = "who";
    public const string History = "history";
    public const string Remove = "remove";
    public const string Hello = "hello";
    public const string Ping = "ping";
    public const string Disconnect = "disconnect";
    public const string Ban = "ban";
    public const string Unban = "unban";

    /// <summary>Those for everybody that clients of the plain dialect are told of, as JSON.</summary>
    public const string List = $"""["{OnMessage}","{Join}","{Leave}","{Who}"]""";

    /// <summary>Those for everybody, as JSON.</summary>
    public const string FullList =
        $"""["{OnMessage}","{Join}","{Leave}","{Who}","{History}","{Remove}","{Hello}","{Ping}"]""";

    public const string OnMessageExample = $$"""{"action":"{{OnMessage}}","message":"Hello everyone"}""";
    public const string DirectMessageExample = $$"""{"action":"{{OnMessage}}","to":"ada","message":"Hello Ada"}""";
    public const string JoinExample = $$"""{"action":"{{Join}}","room":"blue"}""";
    public const string LeaveExample = $$"""{"action":"{{Leave}}","room":"blue"}""";
    public const string WhoExample = $$"""{"action":"{{Who}}","room":"blue"}""";
    public const string HistoryExample = $$"""{"action":"{{History}}","room":"blue","limit":50}""";
    public const string RemoveExample = $$"""{"action":"{{Remove}}","room":"blue","seq":42}""";
    public const string DisconnectExample = $$"""{"action":"{{Disconnect}}","user":"mallory"}""";
    public const string BanExample = $$"""{"action":"{{Ban}}","user":"mallory","minutes":60}""";
    public const string UnbanExample = $$"""{"action":"{{Unban}}","user":"mallory"}""";
}
