using ChatEvents.Contracts;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rendering;

namespace ChatEvents.FanOut.Delivering;

/// <summary>A chat message on its way to the connections of its room, or the notice that one was removed.</summary>
public sealed class RoomMessage
{
    private readonly MessagePosted _posted;
    private readonly Lazy<RenderedMessage?> _plain, _json;

    public RoomMessage(MessagePosted posted, MessageFrames frames)
    {
        _posted = posted;
        _plain = new(() => frames.Render(posted, Position, IsRemoved, Dialect.Plain));
        _json = new(() => frames.Render(posted, Position, IsRemoved, Dialect.Json));
    }

    /// <summary>A frame to a sender, or a text that was rendered by another version.</summary>
    public RoomMessage(MessagePosted posted, RenderedMessage rendered)
    {
        _posted = posted;
        _plain = _json = new(rendered);
    }

    public string Room => _posted.Room;

    public string Id => _posted.MessageId;

    public DateTimeOffset PostedAt => _posted.PostedAt;

    /// <summary>What was said, by whom.</summary>
    public MessagePosted Posted => _posted;

    /// <summary>Where the message stands in the room's log, by which events name it; empty until it is written there.</summary>
    public string Position { get; set; } = "";

    /// <summary>Whether the message was removed, and keeps its number only.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Whether it only tells that a message was removed. It has the place of that message in the log, not one of its own.</summary>
    public bool IsNotice => RecentMessages.IsRemoval(Position);

    /// <summary>Whether its walk continues from saved progress, so that the walk need not look for any.</summary>
    public bool IsResumed { get; set; }

    /// <summary>Whether it was received before, so that it may have a number.</summary>
    public bool MayBeLogged { get; set; }

    /// <summary>Whether a walk found that an earlier one had begun with it, and left it out.</summary>
    public bool WasWalked { get; set; }

    /// <summary>What became of it so far.</summary>
    public DeliveryTally Tally { get; } = new();

    /// <summary>
    /// What is posted, the same to every connection of a dialect: rendered once for each that occurs, when its first connection is posted to
    /// and so after the message has got its number. Null if clients of the dialect hear nothing of it.
    /// </summary>
    public RenderedMessage? For(Dialect dialect) => (dialect == Dialect.Json ? _json : _plain).Value;
}

/// <summary>What became of one message: how many deliveries ended how, and which connections are still late.</summary>
public sealed class DeliveryTally
{
    /// <summary>
    /// Number of posts forbidden in a row that must be the fault of this worker, not of the connections, even if earlier posts succeeded:
    /// its credentials expired, or it replaced a worker whose role was right. Arbitrary. Rows of another stage, which the role may not
    /// cover, lie scattered in the room.
    /// </summary>
    private const int ForbiddenToThisWorker = 20;

    private static readonly DeliveryOutcome[] AllOutcomes = Enum.GetValues<DeliveryOutcome>();

    private readonly int[] _outcomes = new int[AllOutcomes.Length];
    private readonly Lock _gate = new();
    private readonly HashSet<string> _late = new(StringComparer.Ordinal);
    private int _handedOn;
    private int _undelivered;
    private string? _firstFailure;
    private bool _hasDelivered;
    private int _forbiddenInARow;

    /// <summary>How many deliveries continue after the walk.</summary>
    public int HandedOn => Volatile.Read(ref _handedOn);

    /// <summary>Whether the latest post was forbidden: it may be the first of many.</summary>
    public bool WasForbiddenLast => Volatile.Read(ref _forbiddenInARow) > 0;

    /// <summary>Whether so many posts in a row were forbidden that more posts would only leave out more connections.</summary>
    public bool IsForbiddenFromHereOn => Volatile.Read(ref _forbiddenInARow) >= ForbiddenToThisWorker;

    /// <summary>
    /// Whether this worker may not post: its latest posts were forbidden, or all of them. Counts of earlier workers do not matter here.
    /// </summary>
    public bool IsForbidden => IsForbiddenFromHereOn || (WasForbiddenLast && !Volatile.Read(ref _hasDelivered));

    public int this[DeliveryOutcome outcome] => Volatile.Read(ref _outcomes[(int)outcome]);

    public void Count(DeliveryOutcome outcome)
    {
        Interlocked.Increment(ref _outcomes[(int)outcome]);
        if (outcome == DeliveryOutcome.Forbidden)
        {
            Interlocked.Increment(ref _forbiddenInARow);
        }
        else if (outcome == DeliveryOutcome.Delivered)
        {
            // Write only on a change, so that the cache line stays shared between the CPUs.
            if (!_hasDelivered) Volatile.Write(ref _hasDelivered, true);
            if (_forbiddenInARow > 0) Volatile.Write(ref _forbiddenInARow, 0);
        }
    }

    public void CountUndelivered(string connectionId, Delivery last)
    {
        Count(last.Outcome);
        lock (_gate)
        {
            _undelivered++;
            _firstFailure ??= $"{last.Outcome} {last.Reason} at {connectionId}";
        }
    }

    /// <summary>How many deliveries ended how, without the outcomes that did not occur.</summary>
    public Dictionary<DeliveryOutcome, int> Outcomes() =>
        AllOutcomes.Where(outcome => this[outcome] > 0).ToDictionary(outcome => outcome, outcome => this[outcome]);

    /// <summary>Adds the counts of another worker, or of another walk.</summary>
    public void Add(IReadOnlyDictionary<DeliveryOutcome, int> outcomes)
    {
        foreach (var (outcome, count) in outcomes)
        {
            Interlocked.Add(ref _outcomes[(int)outcome], count);
        }
    }

    /// <summary>
    /// Adds the counts of a worker that ended in the middle of the walk: who did not get the message from it is told by this one, because
    /// the walk does not come to them again.
    /// </summary>
    public void TakeOver(IReadOnlyDictionary<DeliveryOutcome, int> outcomes)
    {
        Add(outcomes);
        foreach (var (outcome, count) in outcomes.Where(counted => counted.Key is not (DeliveryOutcome.Delivered or DeliveryOutcome.Gone)))
        {
            lock (_gate)
            {
                _undelivered += count;
                _firstFailure ??= $"{outcome}, as an earlier worker found";
            }
        }
    }

    public void BeginLate(string connectionId)
    {
        lock (_gate) _late.Add(connectionId);
    }

    /// <param name="connectionId">The connection that was late.</param>
    /// <param name="isHandedOn">Whether its delivery continues after the walk.</param>
    public void EndLate(string connectionId, bool isHandedOn)
    {
        lock (_gate)
        {
            _late.Remove(connectionId);
            if (isHandedOn) _handedOn++;
        }
    }

    /// <summary>The connections that are late now.</summary>
    public IReadOnlyList<string> LateConnections()
    {
        lock (_gate) return [.. _late];
    }

    /// <summary>
    /// How many connections did not get the message after all retries, and the first failure. Counts from zero again afterwards. Null if
    /// there are none, or if some connections are late still: they will be counted along.
    /// </summary>
    public (int Connections, string FirstFailure)? TakeUndelivered()
    {
        lock (_gate)
        {
            if (_undelivered == 0 || _late.Count > 0)
                return null;

            var taken = (_undelivered, _firstFailure!);
            (_undelivered, _firstFailure) = (0, null);
            return taken;
        }
    }
}

/// <summary>
/// All posts of a message were forbidden, or all from some point on: the worker is configured wrongly or its credentials have expired, and
/// the message must not count as delivered.
/// </summary>
public sealed class PostingForbiddenException(RoomMessage message) : Exception(
    $"Message {message.Id} was forbidden at {message.Tally[DeliveryOutcome.Forbidden]} connections: the worker's role needs "
    + "execute-api:ManageConnections, and the callback endpoint must name the right stage.");
