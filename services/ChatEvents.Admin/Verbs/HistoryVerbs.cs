using System.CommandLine;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Verbs;

/// <summary><c>history erase --user ada</c>.</summary>
internal static class HistoryVerbs
{
    public static Command Create(VerbContext verbs) => new("history", "What was said, as far as it is kept.") { Erase(verbs) };

    private static Command Erase(VerbContext verbs)
    {
        var user = new Option<string>("--user") { Description = "The user id.", Required = true };
        Arguments.Require(user, UserId.IsValid, $"--user must be 1 to {UserId.MaxLength} visible characters.");
        var command = new Command(
            "erase", "Drops text and data of all messages of a user. Their numbers stay, so that there is no hole. It reads the whole log.")
        {
            user,
        };
        return verbs.Does(command, async (run, cancellation) =>
        {
            var id = run.Arguments.GetRequiredValue(user);
            await run.Question.RequireYesAsync($"Erase all messages of user {id} that are kept?", cancellation);

            // One after the other: an erasure is in no hurry, and the fan-out writes to the same table.
            var count = 0;
            await foreach (var (room, position) in run.Chat.Recent.ReadPositionsOfAsync(id).WithCancellation(cancellation))
            {
                if (await run.Chat.Recent.RemoveAsync(room, position, cancellation)) count++;
            }

            await run.Results.WriteCountAsync(count);
            return ExitCode.Done;
        });
    }
}
