using System.CommandLine;
using ChatEvents.Admin.Output;
using Microsoft.Extensions.Configuration;

namespace ChatEvents.Admin.Verbs;

/// <summary>One run of a verb: the chat that it works on, its settings, and where its results and questions go.</summary>
internal sealed record VerbRun(
    ParseResult Arguments, Chat Chat, IConfiguration Settings, Results Results, Question Question, TextWriter Notes);

/// <summary>Creates verbs.</summary>
internal sealed class VerbContext(AdminEnvironment environment, GlobalOptions options)
{
    /// <summary>Makes a command execute <paramref name="run"/>, which returns the exit code.</summary>
    public Command Does(Command command, Func<VerbRun, CancellationToken, Task<int>> run)
    {
        command.SetAction(async (arguments, cancellation) =>
        {
            using var chat = new Chat(environment, options.Settings(arguments, environment));
            return await run(
                new(
                    arguments,
                    chat,
                    environment.Settings,
                    new Results(environment.Out, environment.Error, options.Format(arguments)),
                    new Question(environment, options.IsYes(arguments)),
                    environment.Error),
                cancellation);
        });
        return command;
    }
}
