namespace ChatEvents.Routes.Rooms;

/// <summary>
/// The order of changes that the gateway received in the same millisecond. It does not say which came first, so they are ordered
/// by when their functions began to work on them, which is nearly always the same order; the request id separates those that began together.
/// </summary>
internal static class ChangeOrder
{
    /// <summary>By how much the clock of a function may be behind the gateway's. AWS keeps them within milliseconds.</summary>
    private static readonly TimeSpan ClockMargin = TimeSpan.FromSeconds(10);

    /// <summary>Beyond it a change is late, whatever its place.</summary>
    private static readonly TimeSpan MaxDelay = TimeSpan.FromHours(1);

    private const int IdBits = 16;

    public static long Of(RouteRequestContext context, DateTimeOffset startedAt)
    {
        var delay = startedAt - context.RequiredRequestTime + ClockMargin;
        var microseconds = (long)Math.Clamp(delay.TotalMicroseconds, 0, MaxDelay.TotalMicroseconds);
        var id = context.RequestId?.Aggregate(0u, (hash, c) => (hash * 31) + c) ?? 0;
        return (microseconds << IdBits) | (id & ((1 << IdBits) - 1));
    }
}
