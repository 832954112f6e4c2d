using System.CommandLine;
using ChatEvents.Admin.DeadLetters;
using ChatEvents.Admin.Output;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Verbs;

/// <summary><c>dead-letters list|count|move</c>.</summary>
internal static class DeadLetterVerbs
{
    private static readonly Column<DeadLetter>[] Columns =
    [
        new("queue", 13, letter => letter.Queue),
        new("id", 36, letter => letter.Id),
        new("event", 17, letter => letter.Event),
        new("room", 10, letter => letter.Room),
        new("age", 7, letter => letter.Age),
        new("receives", 8, letter => letter.Receives),
        new("why", 0, letter => letter.Why),
    ];

    public static Command Create(VerbContext verbs) => new("dead-letters", "Messages that no consumer could finish.")
    {
        List(verbs),
        Count(verbs),
        Move(verbs),
    };

    private static Command List(VerbContext verbs)
    {
        var which = Queue();
        var command = new Command("list", "Lists dead letters and why they failed. While it looks, nobody else sees them; each look counts as a receive.")
        {
            which,
        };
        return verbs.Does(command, async (run, cancellation) =>
        {
            var queues = await OpenAsync(run, which, cancellation);
            var there = await CountAsync(queues, cancellation);
            var shown = 0;
            await run.Results.WriteAsync(
                queues.ToAsyncEnumerable().SelectMany(queue => queue.ReadAsync(cancellation)).Select(letter =>
                {
                    shown++;
                    return letter;
                }),
                Columns,
                there == 0 ? "There are no dead letters." : null,
                cancellation);
            if (shown < there)
            {
                await run.Notes.WriteLineAsync(
                    $"{shown} of about {there}: the others are in somebody else's hand, or wait behind those of their room, which SQS shows first.");
            }

            return ExitCode.Done;
        });
    }

    private static Command Count(VerbContext verbs)
    {
        var which = Queue();
        return verbs.Does(new("count", "Counts dead letters, as far as SQS knows: its counts lag a little.") { which }, async (run, cancellation) =>
        {
            await run.Results.WriteCountAsync(await CountAsync(await OpenAsync(run, which, cancellation), cancellation));
            return ExitCode.Done;
        });
    }

    private static Command Move(VerbContext verbs)
    {
        var which = Queue();
        var ids = new Argument<string[]>("id") { Description = "Ids of dead letters, as listed.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All of them." };
        var command = new Command("move", "Moves dead letters back to their queue, where their consumer gets them again.") { ids, which, all };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == result.GetValue(ids) is { Length: > 0 })
                result.AddError("Say which dead letters to move: their ids, or --all.");
        });
        return verbs.Does(command, async (run, cancellation) =>
        {
            var wanted = run.Arguments.GetValue(all) ? null : run.Arguments.GetRequiredValue(ids).ToHashSet(StringComparer.Ordinal);
            var queues = await OpenAsync(run, which, cancellation);
            await run.Question.RequireYesAsync(
                wanted is null
                    ? $"Move all dead letters back, about {await CountAsync(queues, cancellation)}?"
                    : $"Move {wanted.Count} dead letters back?",
                cancellation);

            var moved = new List<string>();
            foreach (var queue in queues)
            {
                if (wanted is { Count: 0 }) break;
                moved.AddRange(await queue.MoveBackAsync(wanted, cancellation));
                wanted?.ExceptWith(moved);
            }

            await run.Results.WriteOneAsync(new Summary(moved.Count), [new("moved", 0, summary => summary.Moved)]);
            if (wanted is not { Count: > 0 } missing) return ExitCode.Done;
            throw new AdminException(
                $"Not found: {string.Join(", ", missing)}. They are gone, in somebody else's hand, or wait behind others of their room.");
        });
    }

    private static Option<IReadOnlyList<ChatQueue>> Queue()
    {
        var names = ChatQueue.All.Select(queue => queue.Setting).ToList();
        return new("--queue")
        {
            Description = $"Whose dead letters: {string.Join(", ", names)}. All without it.",
            DefaultValueFactory = _ => ChatQueue.All,
            CustomParser = result =>
            {
                var name = result.Tokens[0].Value;
                var chosen = ChatQueue.All.Where(queue => IsMeant("all") || IsMeant(queue.Setting)).ToList();
                if (chosen.Count == 0) result.AddError($"--queue must be one of {string.Join(", ", names)}, but is '{name}'.");
                return chosen;

                bool IsMeant(string queue) => queue.Equals(name, StringComparison.OrdinalIgnoreCase);
            },
        };
    }

    private static async Task<IReadOnlyList<DeadLetterQueue>> OpenAsync(
        VerbRun run, Option<IReadOnlyList<ChatQueue>> which, CancellationToken cancellation)
    {
        var opened = new List<DeadLetterQueue>();
        foreach (var queue in run.Arguments.GetRequiredValue(which))
            opened.Add(await DeadLetterQueue.OpenAsync(run.Chat.Sqs, queue, run.Chat.Queues.Of(queue), run.Chat.Time, cancellation));
        return opened;
    }

    private static async Task<int> CountAsync(IReadOnlyList<DeadLetterQueue> queues, CancellationToken cancellation) =>
        (await Task.WhenAll(queues.Select(queue => queue.CountAsync(cancellation)))).Sum();

    private sealed record Summary(int Moved);
}
