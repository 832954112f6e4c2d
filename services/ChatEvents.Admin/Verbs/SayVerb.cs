using System.CommandLine;
using System.Text;
using ChatEvents.Contracts;
using ChatEvents.Publisher;

namespace ChatEvents.Admin.Verbs;

/// <summary><c>say</c>: a message of the operator to a room or a user.</summary>
internal static class SayVerb
{
    private const string Operator = "operator";

    public static Command Create(VerbContext verbs)
    {
        var text = new Argument<string>("text") { Description = "What to say." };
        var room = Arguments.InRoom("To everybody in this room.");
        var user = new Option<string?>("--user") { Description = "To all devices of this user." };
        var from = new Option<string>("--from") { Description = "What clients see as sender.", DefaultValueFactory = _ => Operator };
        var id = new Option<string?>("--id") { Description = "Said again by the same id within five minutes, it is heard once." };
        var command = new Command("say", "Says something to a room or a user, as a server.") { text, room, user, from, id };
        command.Validators.Add(result =>
        {
            if (result.GetValue(room) is null == result.GetValue(user) is null) result.AddError("Say to whom: --room or --user.");
        });
        Arguments.Require(
            text, said => Encoding.UTF8.GetByteCount(said) is > 0 and <= Limits.DefaultMaxChatMessageBytes,
            $"The text must have 1 to {Limits.DefaultMaxChatMessageBytes} bytes.");
        Arguments.Require(user, UserId.IsValid, $"--user must be 1 to {UserId.MaxLength} visible characters.");
        Arguments.Require(from, UserId.IsValid, $"--from must be 1 to {UserId.MaxLength} visible characters.");
        Arguments.Require(id, FrameId.IsValid, $"--id must be {FrameId.Rule}.");
        return verbs.Does(command, async (run, cancellation) =>
        {
            var publisher = new ChatPublisher(run.Chat.Sqs, run.Arguments.GetValue(from)!, run.Chat.Queues.Messages, run.Chat.Time);
            var (message, known) = (run.Arguments.GetRequiredValue(text), run.Arguments.GetValue(id));
            var said = run.Arguments.GetValue(user) is { } to
                ? await publisher.PublishToUserAsync(to, message, known, data: null, cancellation)
                : await publisher.PublishAsync(run.Arguments.GetValue(room)!, message, known, data: null, cancellation);
            await run.Results.WriteTextAsync("messageId", said);
            return ExitCode.Done;
        });
    }
}
