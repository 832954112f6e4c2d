using System.CommandLine;
using ChatEvents.Admin.DeadLetters;
using ChatEvents.Admin.Output;
using ChatEvents.Queues;

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

    private enum WhichQueue
    {
        All,
        Connections,
        Messages,
        Walks,
        Late,
    }

    public static Command Create(VerbContext verbs) => new("dead-letters", "Messages that SQS has moved aside because no consumer could finish them.")
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

    private static Option<WhichQueue> Queue() => new("--queue") { Description = "Whose dead letters.", DefaultValueFactory = _ => WhichQueue.All };

    private static async Task<IReadOnlyList<DeadLetterQueue>> OpenAsync(
        VerbRun run, Option<WhichQueue> which, CancellationToken cancellation)
    {
        var chosen = run.Arguments.GetValue(which);
        var names = run.Chat.Queues;
        var opened = new List<DeadLetterQueue>();
        await AddAsync(WhichQueue.Connections, names.Connections, RouteEventQueues.ConnectionsRules);
        await AddAsync(WhichQueue.Messages, names.Messages, RouteEventQueues.MessagesRules);
        await AddAsync(WhichQueue.Walks, names.Walks, RouteEventQueues.WalksRules);
        await AddAsync(WhichQueue.Late, names.Late, RouteEventQueues.LateRules);
        return opened;

        async Task AddAsync(WhichQueue name, string queue, RouteEventRules rules)
        {
            if (chosen == WhichQueue.All || chosen == name)
                opened.Add(await DeadLetterQueue.OpenAsync(run.Chat.Sqs, queue, rules, run.Chat.Time, cancellation));
        }
    }

    private static async Task<int> CountAsync(IReadOnlyList<DeadLetterQueue> queues, CancellationToken cancellation) =>
        (await Task.WhenAll(queues.Select(queue => queue.CountAsync(cancellation)))).Sum();

    private sealed record Summary(int Moved);
}
