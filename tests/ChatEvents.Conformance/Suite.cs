using System.Net.Sockets;
using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Functions;
using ChatEvents.Conformance.Rules;
using ChatEvents.Conformance.Wire;

namespace ChatEvents.Conformance;

internal enum Verdict
{
    Yes,
    No,
    CannotBeAsked,
}

/// <summary>What one rule found out.</summary>
internal sealed record Finding(Rule Rule, Verdict Verdict, string? Detail)
{
    public string Word => Verdict switch { Verdict.Yes => "yes", Verdict.No => "no", _ => "cannot be asked here" };
}

/// <summary>Asks a target about rules, several at a time.</summary>
internal sealed class Suite(TargetOptions target, SeenEvents seen, TimeProvider time)
{
    /// <summary>These use up a quota, so they run one after the other.</summary>
    private const string ExclusiveGroup = "quota";

    public async Task<IReadOnlyList<Finding>> AskAsync(IReadOnlyList<Rule> rules, int parallel, CancellationToken cancellation)
    {
        var calls = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        using var http = new HttpClient(target.Signing is { } keys ? new SignedCalls(keys, time, calls) : calls);
        var captures = new Captures(async take =>
        {
            await using var questioner = New(http, new Captures(_ => throw new InvalidOperationException()), cancellation);
            return await take(questioner);
        });
        var findings = new Finding[rules.Count];
        var numbered = rules.Select((rule, i) => (Rule: rule, Index: i)).ToLookup(rule => rule.Rule.Group == ExclusiveGroup);
        var quotas = OneByOneAsync();
        // The slow ones first.
        await Parallel.ForEachAsync(
            numbered[false].OrderBy(rule => rule.Rule.Group != "lifetime"),
            new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation },
            async (rule, stopping) => findings[rule.Index] = await AskTwiceAsync(rule.Rule, http, captures, stopping));
        await quotas;
        return findings;

        async Task OneByOneAsync()
        {
            foreach (var rule in numbered[true])
                findings[rule.Index] = await AskTwiceAsync(rule.Rule, http, captures, cancellation);
        }
    }

    /// <summary>A rule that seems broken is asked once more: a busy machine between here and the target must not decide.</summary>
    private async Task<Finding> AskTwiceAsync(Rule rule, HttpClient http, Captures captures, CancellationToken cancellation)
    {
        var first = await AskAsync(rule, http, captures, cancellation);
        return first.Verdict == Verdict.No ? await AskAsync(rule, http, captures, cancellation) : first;
    }

    private async Task<Finding> AskAsync(Rule rule, HttpClient http, Captures captures, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(target.Patience * 3 + (rule.Group == "lifetime" ? target.Life * 2 : TimeSpan.Zero), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await using var questioner = New(http, captures, either.Token);
            await rule.AskAsync(questioner);
            return new Finding(rule, Verdict.Yes, null);
        }
        catch (CannotBeAskedException reason)
        {
            return new Finding(rule, Verdict.CannotBeAsked, reason.Message);
        }
        catch (RuleBrokenException broken)
        {
            return new Finding(rule, Verdict.No, broken.Message);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return new Finding(rule, Verdict.No, "nothing came");
        }
        catch (Exception e) when (e is IOException or SocketException or HttpRequestException or ObjectDisposedException or FormatException)
        {
            return new Finding(rule, Verdict.No, Check.Show(e.Message));
        }
    }

    private Questioner New(HttpClient http, Captures captures, CancellationToken cancellation) => new(target, seen, captures, http, time, cancellation);
}
