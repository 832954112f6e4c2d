using System.ComponentModel.DataAnnotations;

namespace ChatEvents.FanOut;

/// <summary>The log of each room, section <c>History</c>.</summary>
public sealed class HistoryOptions
{
    public const string Section = "History";

    /// <summary>
    /// How long messages are kept. Default 24 hours, from 2 h 15 min, as long as a connection that lacks a message can exist
    /// (<see cref="Contracts.RecentMessages.Life"/>), to 30 days. Less than before holds for messages from now on, and after those of before.
    /// </summary>
    [Range(typeof(TimeSpan), "02:15:00", "30.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(24);
}
