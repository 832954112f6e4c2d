namespace ChatEvents.Conformance.Rules;

internal static class AllRules
{
    public static IReadOnlyList<Rule> Listed { get; } =
    [
        .. HandshakeRules.All, .. ConnectEventRules.All, .. AuthorizerRules.All, .. MessageRules.All, .. DisconnectRules.All, .. RouteRules.All,
        .. ResponseRules.All, .. FrameRules.All, .. ManagementRules.All, .. LifetimeRules.All,
    ];
}
