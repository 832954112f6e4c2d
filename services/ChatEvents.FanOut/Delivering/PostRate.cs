using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// How many posts a second this worker allows itself. The account's quota is shared with everything else that calls API Gateway, and
/// nothing says how much of it is left. So the rate grows slowly while nothing is refused, and falls at once below what got through when
/// posts are refused (additive increase, multiplicative decrease). Workers that share a quota settle on equal parts of it that
/// way, without knowing each other.
/// </summary>
public sealed class PostRate(IOptions<FanOutOptions> options, TimeProvider time)
{
    /// <summary>Refusals are counted by window; one decision per window.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// A 429 can also mean one client that does not read. Such a client is refused once in the walk and then posted to from its own lane.
    /// So two refusals in one window mean the account, unless they are few among the posts that got through.
    /// </summary>
    private const int RefusalsThatMeanTheAccount = 2;

    /// <summary>The smallest part of a window's answers that means the account; two slow clients among a thousand do not.</summary>
    private const double RefusedPartThatMeansTheAccount = 0.01;

    /// <summary>Part of the budget that is added per window without refusals: 10,000 a second recover by 20 a second per window.</summary>
    private const double Increase = 0.002;

    /// <summary>Part of what got through that is kept after a window with refusals.</summary>
    private const double Decrease = 0.9;

    /// <summary>Part of the budget that a suspicion leaves at least: after some doublings the rate is back.</summary>
    private const double LeftBySuspicion = 0.01;

    /// <summary>Posts a second, however much is refused: something must find out when the refusals end.</summary>
    private const double Slowest = 10;

    private static readonly TimeSpan HeldBackFor = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait for the end of that: where several share a quota, refusals never quite end.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly double _budget = options.Value.PostsPerSecond;
    private readonly Lock _gate = new();
    private double _current = options.Value.PostsPerSecond;
    private long _windowFrom = time.GetTimestamp();
    private int _accepted;
    private int _refused;
    private TimeSpan _retryAfter;
    private long? _fellAt;

    /// <summary>The rate before it fell on a suspicion; null if there is none.</summary>
    private double? _unsuspected;

    /// <summary>Posts a second allowed now.</summary>
    public double Current => Volatile.Read(ref _current);

    /// <summary>Whether the account refused posts lately, so that a 429 need not be the client's fault.</summary>
    public bool IsHeldBack
    {
        get
        {
            lock (_gate) return _fellAt is { } at && time.GetElapsedTime(at) < HeldBackFor;
        }
    }

    /// <summary>A post was answered by something other than 429.</summary>
    public void CountAccepted()
    {
        lock (_gate) _accepted++;
    }

    /// <summary>
    /// A post was answered 429. Not for a connection that was refused several times: it is a client that does not read, and would look
    /// like a refusing account for as long as the worker waits for it.
    /// </summary>
    public void CountRefused(TimeSpan? retryAfter)
    {
        lock (_gate)
        {
            _refused++;
            if (retryAfter > _retryAfter)
                _retryAfter = retryAfter.Value;
        }
    }

    /// <summary>Sets the rate anew if a window is over.</summary>
    /// <param name="now">A timestamp of the clock.</param>
    /// <param name="hasPosted">Whether anything was posted in the window; otherwise there is nothing to learn from it.</param>
    /// <param name="hadToWait">Whether a post had to wait in it: then it shows what the account takes, and not what was offered.</param>
    /// <param name="pause">How long nothing may be posted now; null unless the rate fell.</param>
    public bool TryEndWindow(long now, bool hasPosted, bool hadToWait, out TimeSpan? pause)
    {
        lock (_gate)
        {
            pause = null;
            var length = time.GetElapsedTime(_windowFrom, now);
            if (length < Window)
                return false;

            if (_refused >= RefusalsThatMeanTheAccount && _refused >= RefusedPartThatMeansTheAccount * (_accepted + _refused))
            {
                Fall(length, hadToWait);
                (_fellAt, pause) = (now, _retryAfter);
            }
            else if (hasPosted)
            {
                Rise();
            }

            (_windowFrom, _accepted, _refused, _retryAfter) = (now, 0, 0, TimeSpan.Zero);
            return true;
        }
    }

    /// <summary>Waits for the work to end while the account refuses posts, up to a limit.</summary>
    public async Task WaitWhileHeldBackAsync(Task work, CancellationToken abandoning)
    {
        for (var begunAt = time.GetTimestamp(); !work.IsCompleted && IsHeldBack && time.GetElapsedTime(begunAt) < LongestWait;)
        {
            await work.WaitAsync(Window, time, abandoning).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            abandoning.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// If no post had to wait, what got through says little about the account: few posts were offered, and two clients of a quiet room
    /// that do not read look the same. So that is only a suspicion, which is soon given up unless more is refused.
    /// </summary>
    private void Fall(TimeSpan length, bool hadToWait)
    {
        var slowest = Math.Min(Slowest, _budget);
        if (!hadToWait)
        {
            _unsuspected ??= _current;
            slowest = Math.Min(_current, Math.Max(slowest, LeftBySuspicion * _budget));
            length = Window; // a window ends with the next post, which may come seconds later
        }
        else
        {
            _unsuspected = null;
        }

        _current = Math.Max(slowest, Math.Min(_current, _accepted / length.TotalSeconds) * Decrease);
    }

    private void Rise()
    {
        var risen = _current + (_budget * Increase);
        if (_unsuspected is { } before)
        {
            risen = Math.Max(risen, Math.Min(before, 2 * _current));
            if (risen >= before) _unsuspected = null;
        }

        _current = Math.Min(_budget, risen);
    }
}
