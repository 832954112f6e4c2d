namespace ChatEvents.Contracts;

/// <summary>
/// Whether something of this system can have happened at a time: not before API Gateway had WebSocket APIs, and not later than clocks
/// differ. A time beyond that would make a connection new for years, or a walk wait for it.
/// </summary>
public static class PlausibleTime
{
    public const string Rule = "a time from 2018 to a day from now";

    private static readonly DateTimeOffset First = new(2018, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan ClockMargin = TimeSpan.FromDays(1);

    public static bool IsValid(DateTimeOffset instant, DateTimeOffset now) => instant >= First && instant <= now + ClockMargin;
}
