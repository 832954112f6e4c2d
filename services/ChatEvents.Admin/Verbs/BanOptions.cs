using System.CommandLine;
using ChatEvents.Consumers.Tables;

namespace ChatEvents.Admin.Verbs;

/// <summary>How long somebody is banned, and why.</summary>
internal sealed class BanOptions
{
    /// <summary>Long enough for anything that is not for ever, and below what TTL can hold.</summary>
    private const int MaxHours = 10 * 365 * 24;

    public BanOptions() => Hours.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var value) || value is < 1 or > MaxHours))
            result.AddError($"--hours must be a number from 1 to {MaxHours}, but is '{token.Value}'.");
    });

    public Option<int> Hours { get; } = new("--hours")
    {
        Description = $"After how many hours the ban ends, from 1 to {MaxHours}.",
        DefaultValueFactory = _ => 24,
    };

    public Option<string?> Reason { get; } = new("--reason") { Description = "Why, for other operators. The banned are not told." };

    public Ban Of(string key, VerbRun run)
    {
        var now = run.Chat.Time.GetUtcNow();
        return new Ban(key, now, now.AddHours(run.Arguments.GetValue(Hours)), run.Arguments.GetValue(Reason));
    }
}
