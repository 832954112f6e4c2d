using System.CommandLine;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Verbs;

/// <summary>How long somebody is banned, and why.</summary>
internal sealed class BanOptions
{
    public Option<int> Hours { get; } = Arguments.Hours("After how many hours the ban ends", byDefault: 24, (int)Bans.Longest.TotalHours);

    public Option<string?> Reason { get; } = new("--reason") { Description = "Why, for other operators. The banned are not told." };

    public Ban Of(string key, VerbRun run)
    {
        var now = run.Chat.Time.GetUtcNow();
        return new Ban(key, now, now.AddHours(run.Arguments.GetValue(Hours)), run.Arguments.GetValue(Reason));
    }
}
