using System.CommandLine;

namespace ChatEvents.Admin.Verbs;

/// <summary><c>setup</c>: the queues and tables of a system that no deployment made.</summary>
internal static class SetupVerb
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static Command Create(VerbContext verbs)
    {
        var patience = new Option<int>("--patience") { Description = "How many seconds to wait for servers that do not answer yet. Default 0." };
        var setup = new Command("setup", "Creates the queues and tables that are missing, on an emulator. On AWS the deployment makes them.") { patience };
        return verbs.Does(setup, async (run, cancellation) =>
        {
            await run.Question.RequireYesAsync("Create the queues and tables that are missing?", cancellation);
            var begunAt = run.Chat.Time.GetTimestamp();
            while (true)
            {
                try
                {
                    await run.Chat.SetUpAsync(cancellation);
                    break;
                }
                catch (Exception failure) when (
                    AdminCommand.Unreachable(failure) is not null
                    && run.Chat.Time.GetElapsedTime(begunAt).TotalSeconds < run.Arguments.GetValue(patience))
                {
                    await Task.Delay(Pause, run.Chat.Time, cancellation);
                }
            }

            await run.Notes.WriteLineAsync("Queues and tables are there.");
            return ExitCode.Done;
        });
    }
}
