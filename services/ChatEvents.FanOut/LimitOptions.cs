using System.ComponentModel.DataAnnotations;

namespace ChatEvents.FanOut;

/// <summary>Limits of each sender, section <c>Limits</c>.</summary>
public sealed class LimitOptions
{
    public const string Section = "Limits";

    /// <summary>
    /// How many messages a second a user may send, or a guest by each connection. Default 10, from 1 to 10,000. A message over it is not
    /// delivered, and its sender is told so.
    /// </summary>
    [Range(1, 10_000)]
    public int MessagesPerSecond { get; set; } = 10;

    /// <summary>How many messages may come at once after some silence. Default 20, from 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int Burst { get; set; } = 20;
}
