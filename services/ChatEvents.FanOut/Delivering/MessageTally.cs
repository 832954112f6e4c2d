using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut.Delivering;

/// <summary>One chat message in delivery: what is posted, what became of it at each connection, and who is late for it.</summary>
public sealed class MessageTally(string room, RenderedMessage message)
{
    /// <summary>
    /// So many posts forbidden one after the other are nothing about the connections, even where others got the message before: the
    /// credentials have expired, or this worker replaced one whose role was right. Arbitrary; rows of another stage, for which the role
    /// may not be good, lie scattered in the room.
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

    public string Room => room;

    public DateTimeOffset PostedAt { get; init; }

    /// <summary>Where the message is in the room's log, once it was written there.</summary>
    public string Position { get; set; } = "";

    public RenderedMessage Message { get; } = message;

    /// <summary>Connections that stayed without the message after all retries.</summary>
    public int Undelivered => Volatile.Read(ref _undelivered);

    /// <summary>The first of the failures behind <see cref="Undelivered"/>, with its connection; null when there is none.</summary>
    public string? FirstFailure
    {
        get
        {
            lock (_gate) return _firstFailure;
        }
    }

    /// <summary>How many deliveries go on without the walk.</summary>
    public int HandedOn => Volatile.Read(ref _handedOn);

    /// <summary>Whether the latest answer was that: it may be the first of many.</summary>
    public bool WasForbiddenLast => Volatile.Read(ref _forbiddenInARow) > 0;

    /// <summary>Whether the latest posts were all forbidden, and so many that going on would only leave out more connections.</summary>
    public bool IsForbiddenFromHereOn => Volatile.Read(ref _forbiddenInARow) >= ForbiddenToThisWorker;

    /// <summary>
    /// Whether it is this worker that may not post: so at the latest posts, or at all. What workers before it have counted says nothing
    /// about that.
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
            // Nearly always both are so already, and the cache line stays where it is.
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

    /// <summary>How posts have ended, outcomes that there were none of left out.</summary>
    public Dictionary<DeliveryOutcome, int> Outcomes() =>
        AllOutcomes.Where(outcome => this[outcome] > 0).ToDictionary(outcome => outcome, outcome => this[outcome]);

    /// <summary>Adds what another worker, or another walk, has counted.</summary>
    public void Add(IReadOnlyDictionary<DeliveryOutcome, int> outcomes)
    {
        foreach (var (outcome, count) in outcomes)
        {
            Interlocked.Add(ref _outcomes[(int)outcome], count);
        }
    }

    public void BeginLate(string connectionId)
    {
        lock (_gate)
        {
            _late.Add(connectionId);
        }
    }

    /// <param name="connectionId">Which was late.</param>
    /// <param name="isHandedOn">Whether the delivery goes on without the walk.</param>
    public void EndLate(string connectionId, bool isHandedOn)
    {
        lock (_gate)
        {
            _late.Remove(connectionId);
            if (isHandedOn) _handedOn++;
        }
    }

    /// <summary>The connections that the walk has passed and that are late now.</summary>
    public IReadOnlyList<string> LateConnections()
    {
        lock (_gate) return [.. _late];
    }
}
