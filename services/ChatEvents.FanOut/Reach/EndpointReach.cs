using ChatEvents.Contracts;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Reach;

/// <summary>
/// Whether the connections of one endpoint can be reached. Other posts tell its trouble from that of one connection; where none was
/// answered meanwhile, the endpoint itself is asked. While it is out of reach, its posts are held here.
/// </summary>
/// <param name="endpoint">The endpoint.</param>
/// <param name="all">It among the others.</param>
/// <param name="isConfigured">Whether all posts go there.</param>
public sealed class EndpointReach(CallbackEndpoint endpoint, GatewayReach all, bool isConfigured)
{
    /// <summary>
    /// So many different connections that fail in a row mean the endpoint, even if it answers when it is asked. Arbitrary; fewer may have
    /// trouble of their own at the same time.
    /// </summary>
    private const int Several = 5;

    /// <summary>
    /// While questions fail, one held post is made after so many of them: perhaps only the question fails. Not after each, because a post
    /// whose answer was lost is heard twice. Arbitrary.
    /// </summary>
    private const int QuestionsPerPost = 4;

    /// <summary>Between two questions; posts go on so much later than the endpoint is back.</summary>
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1));

    /// <summary>
    /// How long to wait for the answer to a question while there is an outage: one that hangs must not keep us from asking again. Shorter
    /// than a post is waited for; an endpoint that takes longer is found to be back by the posts that are let through.
    /// </summary>
    private static readonly TimeSpan PatienceInOutage = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer, or a failure, says something about now. Arbitrary; longer than a post may take.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();

    /// <summary>The connections whose posts failed since the last answer.</summary>
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);

    private readonly List<HeldPost> _held = [];
    private volatile Outage? _outage;
    private volatile bool _hasFailed;
    private Task<Delivery>? _asking;
    private long _answers;
    private long _answeredAt;
    private long _failedAt;
    private DateTimeOffset _backAt;

    /// <summary>How many posts were answered, by whatever but a failure of the gateway.</summary>
    public long Answers => Volatile.Read(ref _answers);

    /// <summary>When the last outage was over.</summary>
    public DateTimeOffset BackAt
    {
        get
        {
            lock (_gate) return _backAt;
        }
    }

    /// <summary>What is wrong, in one sentence; null if nothing is.</summary>
    internal string? Trouble => _outage is { } outage
        ? $"The gateway at {endpoint} {(outage.IsAnswering ? "answers, but no post succeeds" : "is out of reach")} since {outage.From:O}: {outage.Reason}."
        : null;

    /// <summary>Whether it answers nothing at all.</summary>
    internal bool IsSilent => _outage is { IsAnswering: false };

    internal bool IsAnsweringLately =>
        _outage is null && Answers > 0 && all.Time.GetElapsedTime(Volatile.Read(ref _answeredAt)) < Lately;

    /// <summary>Whether it may stop the queues. Not one that has never answered: it may be a single row that makes no sense.</summary>
    internal bool IsTrusted => isConfigured || Answers > 0;

    /// <summary>A post was answered, so the endpoint can be reached.</summary>
    public void CountAnswer()
    {
        Interlocked.Increment(ref _answers);
        Volatile.Write(ref _answeredAt, all.Time.GetTimestamp());
        if (!_hasFailed)
            return;

        lock (_gate) GoOn();
    }

    /// <summary>Finds out whether a post that was not answered failed because the endpoint is out of reach.</summary>
    /// <param name="connectionId">Where it was posted to.</param>
    /// <param name="failure">How it ended.</param>
    /// <param name="answersBefore"><see cref="Answers"/> before the post.</param>
    /// <param name="abandoning">Drops the post.</param>
    /// <returns>False if it was the connection's own trouble.</returns>
    public async Task<bool> IsToBlameAsync(string connectionId, Delivery failure, long answersBefore, CancellationToken abandoning)
    {
        Task<Delivery> asking;
        bool othersWereAnswered;
        long answersAtFailure;
        lock (_gate)
        {
            answersAtFailure = Answers;
            othersWereAnswered = answersAtFailure != answersBefore;
            (_hasFailed, _failedAt) = (true, all.Time.GetTimestamp());
            if (!othersWereAnswered) _failed.Add(connectionId);
            if (_outage is not null)
                return true;

            asking = AskOnceAsync(Timeout.InfiniteTimeSpan);
        }

        // Also if others were answered while the post was under way: it may have hung since before the outage.
        var answer = await asking.WaitAsync(abandoning);
        lock (_gate)
        {
            if (Answers != answersAtFailure || (answer.IsAnswer && (othersWereAnswered || _failed.Count < Several)))
                return false;

            if (_outage is null) Hold(answer.IsAnswer ? failure : answer, answer.IsAnswer);
            return true;
        }
    }

    /// <summary>Waits while the endpoint is out of reach.</summary>
    /// <param name="connectionId">Where to post.</param>
    /// <param name="until">From when on it is posted as if there were no outage: perhaps it is the only message that fails.</param>
    /// <param name="isHeldAlone">Whether to wait although other endpoints can be reached.</param>
    /// <param name="waiting">Ends the wait.</param>
    /// <returns>Whether to post now.</returns>
    public ValueTask<bool> MayPostAsync(string connectionId, DateTimeOffset until, bool isHeldAlone, CancellationToken waiting)
    {
        if (_outage is null)
            return new(true);

        lock (_gate)
        {
            if (_outage is null || IsTooOld(until))
                return new(true);
            if (!isHeldAlone && all.IsAnotherAnswering(this))
                return new(false);

            var held = new HeldPost(connectionId, until, isHeldAlone, waiting);
            _held.Add(held);
            return new(held.Released);
        }
    }

    private void Hold(Delivery failure, bool isAnswering)
    {
        var outage = _outage = new Outage(all.Time.GetUtcNow(), failure.Reason) { IsAnswering = isAnswering };
        all.Review();
        all.TellBegin(endpoint, failure.Reason);
        _ = Task.Run(() => AskUntilOverAsync(outage), CancellationToken.None);
    }

    private void GoOn()
    {
        _hasFailed = false;
        _failed.Clear();
        if (_outage is { } outage)
        {
            (_outage, _backAt) = (null, all.Time.GetUtcNow());
            all.Review();
            all.TellEnd(endpoint, _backAt - outage.From);
        }

        Release(_ => true, mayPost: true);
    }

    private async Task AskUntilOverAsync(Outage outage)
    {
        for (var attempt = 1; _outage == outage; attempt++)
        {
            await Task.Delay(Pauses.After(attempt, all.Jitter), all.Time, all.Ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (all.Ending.IsCancellationRequested)
                return;

            Task<Delivery> asking;
            lock (_gate) asking = AskOnceAsync(PatienceInOutage);
            var answer = await asking;
            lock (_gate)
            {
                if (_outage == outage) GoOnAfter(outage, answer, isPostDue: answer.IsAnswer || attempt % QuestionsPerPost == 0);
            }
        }
    }

    private void GoOnAfter(Outage outage, Delivery answer, bool isPostDue)
    {
        if ((answer.IsAnswer && _failed.Count < Several) || IsForgotten())
        {
            GoOn();
            return;
        }

        outage.IsAnswering = answer.IsAnswer;
        all.Review();
        Release(post => IsTooOld(post.Until), mayPost: true);
        if (all.IsAnotherAnswering(this)) Release(post => !post.IsHeldAlone, mayPost: false);

        // If the post that is let through fails, it comes back behind the others. One to a connection that was not tried yet tells more.
        if (isPostDue && (_held.Find(post => !_failed.Contains(post.ConnectionId)) ?? _held.FirstOrDefault()) is { } next)
            Release(post => post == next, mayPost: true);
    }

    private void Release(Predicate<HeldPost> isReleased, bool mayPost)
    {
        foreach (var post in _held.FindAll(isReleased)) post.Release(mayPost);
        _held.RemoveAll(post => post.IsOver);
    }

    /// <summary>Nobody waits, and nobody was let through who might come back. So the next post is to find out.</summary>
    private bool IsForgotten() => _held.TrueForAll(post => post.IsOver) && all.Time.GetElapsedTime(_failedAt) >= Lately;

    private bool IsTooOld(DateTimeOffset until) => until <= all.Time.GetUtcNow();

    private Task<Delivery> AskOnceAsync(TimeSpan patience) => _asking ??= AskAsync(patience);

    private async Task<Delivery> AskAsync(TimeSpan patience)
    {
        await Task.Yield(); // else the question could be over before it is known
        try
        {
            return await all.AskAsync(endpoint, patience);
        }
        finally
        {
            lock (_gate) _asking = null;
        }
    }

    /// <param name="from">When it was noticed.</param>
    /// <param name="reason">Of the first failure.</param>
    private sealed class Outage(DateTimeOffset from, string? reason)
    {
        private volatile bool _isAnswering;

        public DateTimeOffset From => from;

        public string? Reason => reason;

        /// <summary>Whether questions are answered, though posts are not.</summary>
        public bool IsAnswering
        {
            get => _isAnswering;
            set => _isAnswering = value;
        }
    }
}
