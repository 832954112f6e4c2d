using System.Globalization;

namespace ChatEvents.Contracts;

/// <summary>How frames write an instant: ISO 8601 in UTC, to the millisecond, such as <c>2026-11-21T11:36:01.242Z</c>.</summary>
public static class Timestamp
{
    public static string Of(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
