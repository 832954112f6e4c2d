using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Functions;

namespace ChatEvents.Conformance.Rules;

/// <summary>How long connections live, and the quotas of the account.</summary>
internal static class LifetimeRules
{
    private static readonly TimeSpan MostToWaitFor = TimeSpan.FromSeconds(30);

    public static IEnumerable<Rule> All =>
    [
        new("lifetime.idle", "A connection without messages ends after 10 minutes with 1001 Going away.", Sources.Limits, Grade.A, async t =>
        {
            var talk = await IdleConnectionAsync(t);
            await EndedAsync(t, talk);
            var close = await talk.ClosedAsync();
            Check.Equal((1001, "Going away"), (close.CloseCode, close.CloseReason));
        }),
        new("lifetime.idle-reported", "$disconnect reports 1001 Going away for an idle connection.", "a captured event, 603.9 s after the connect", Grade.B, async t =>
        {
            var talk = await IdleConnectionAsync(t);
            await EndedAsync(t, talk);
            await DisconnectRules.ReportedAsync(talk, 1001, "Going away");
        }),
        new("lifetime.not-earlier", "An idle connection does not end before its 10 minutes.", Sources.Limits, Grade.A, async t =>
        {
            var talk = await IdleConnectionAsync(t);
            await t.WaitAsync(t.Target.Idle * 0.6);
            Check.Equal(0, t.Seen("disconnect", talk.Id).Count);
            Check.Equal("still open", await talk.StillOpenAsync());
        }),
        Keeps("message", "A message of the client starts the 10 minutes again.", Sources.Limits, Grade.B, (t, talk) => talk.EventOfAsync("x")),
        Keeps("post", "A post to the client starts the 10 minutes again.", "hotsock.io/docs/connections/keep-alive", Grade.B, (t, talk) => talk.PostAsync("x")),
        new("lifetime.life", "A connection ends after 2 hours although it is active.", Sources.Limits, Grade.A, async t =>
        {
            var talk = await LongConnectionAsync(t);
            var reached = t.Target.Life + t.Target.Idle / 2;
            for (var waited = TimeSpan.Zero; waited < reached; waited += t.Target.Idle * 0.3)
            {
                await t.WaitAsync(t.Target.Idle * 0.3);
                if (t.Seen("disconnect", talk.Id).Count > 0)
                    return;
                await talk.PostAsync("x");
            }

            throw new RuleBrokenException("it is still open");
        }),
        new("lifetime.life-not-earlier", "An active connection does not end before its 2 hours.", Sources.Limits, Grade.A, async t =>
        {
            var talk = await LongConnectionAsync(t);
            for (var waited = TimeSpan.Zero; waited < t.Target.Life * 0.6; waited += t.Target.Idle * 0.3)
            {
                await talk.PostAsync("x");
                await t.WaitAsync(t.Target.Idle * 0.3);
            }

            Check.Equal(0, t.Seen("disconnect", talk.Id).Count);
        }),
        new("quota.connect", "A connect above the account's quota is 429.", Sources.Limits, Grade.A, async t =>
        {
            await RestedAsync(t);
            Check.Equal(429, await UntilAsync(async () => (await t.HandshakeAsync(t.Throttled)).Status, status => status != 101));
        }),
        new("quota.message", "A message above the account's quota is answered with a frame.", Sources.None, Grade.G, async t =>
        {
            await RestedAsync(t);
            var talk = await t.ConnectAsync(t.Throttled);
            for (var i = 0; i < 10; i++)
                await talk.SendAsync("one");
            await talk.GatewayFrameAsync("Too Many Requests");
        }),
        new("quota.message-open", "After the frame Too Many Requests the connection stays open.", Sources.None, Grade.G, async t =>
        {
            await RestedAsync(t);
            var talk = await t.ConnectAsync(t.Throttled);
            for (var i = 0; i < 10; i++)
                await talk.SendAsync("one");
            await talk.TextAsync();
            await RestedAsync(t);
            await talk.SendAsync("two", Script.Body("still open"));
            Check.True(await UntilAsync(talk.TextAsync, text => text == "still open") == "still open", "it is not");
        }),
        new("quota.post", "A post above the account's quota is 429 with LimitExceededException.", Sources.Model, Grade.A, async t =>
        {
            await RestedAsync(t);
            var talk = await t.ConnectAsync(t.Throttled);
            var refused = await UntilAsync(() => talk.PostAsync("x"), reply => (int)reply.Status != 200);
            Check.Equal(429, (int)refused.Status);
            Check.Matches("^LimitExceededException", refused.Header("x-amzn-ErrorType"));
        }),
    ];

    private static Rule Keeps(string id, string sentence, string source, Grade grade, Func<Questioner, Conversation, Task> touch) => new(
        $"lifetime.{id}-counts", sentence, source, grade, async t =>
        {
            var talk = await IdleConnectionAsync(t);
            for (var i = 0; i < 5; i++)
            {
                await t.WaitAsync(t.Target.Idle * 0.3);
                await touch(t, talk);
            }

            Check.Equal(0, t.Seen("disconnect", talk.Id).Count);
        });

    private static async Task<Conversation> IdleConnectionAsync(Questioner t)
    {
        var api = t.Fast;
        return t.Target.Idle <= MostToWaitFor ? await t.ConnectAsync(api) : throw new CannotBeAskedException("the target's clocks are too slow to wait for");
    }

    private static async Task<Conversation> LongConnectionAsync(Questioner t)
    {
        var api = t.Fast;
        return t.Target.Life <= MostToWaitFor ? await t.ConnectAsync(api) : throw new CannotBeAskedException("the target's clocks are too slow to wait for");
    }

    /// <summary>With half of the time to spare, for clocks that are not exact.</summary>
    private static async Task EndedAsync(Questioner t, Conversation talk)
    {
        await t.WaitAsync(t.Target.Idle * 1.5);
        Check.True(t.Seen("disconnect", talk.Id).Count > 0, "it is still open");
    }

    /// <summary>Quotas are full again after a second.</summary>
    private static Task RestedAsync(Questioner t)
    {
        _ = t.Throttled;
        return t.WaitAsync(TimeSpan.FromSeconds(1.2));
    }

    /// <summary>Tries until the answer is another one, at most 20 times.</summary>
    private static async Task<T> UntilAsync<T>(Func<Task<T>> tryAsync, Func<T, bool> isEnough)
    {
        var answer = await tryAsync();
        for (var tries = 1; tries < 20 && !isEnough(answer); tries++)
            answer = await tryAsync();
        return answer;
    }
}
