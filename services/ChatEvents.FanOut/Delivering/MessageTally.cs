using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut.Delivering;

/// <summary>One chat message in delivery: what is posted, what became of it at each connection, and who is late for it.</summary>
public sealed class MessageTally(string room, RenderedMessage message)
{
    private static readonly DeliveryOutcome[] AllOutcomes = Enum.GetValues<DeliveryOutcome>();

    private readonly int[] _outcomes = new int[AllOutcomes.Length];
    private readonly Lock _gate = new();
    private readonly HashSet<string> _late = new(StringComparer.Ordinal);
    private int _becameLate;
    private int _handedOn;
    private int _undelivered;
    private string? _firstFailure;

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

    /// <summary>How many connections were late at some time.</summary>
    public int BecameLate => Volatile.Read(ref _becameLate);

    /// <summary>How many deliveries go on without the walk.</summary>
    public int HandedOn => Volatile.Read(ref _handedOn);

    /// <summary>Whether nobody at all may be posted to: then it is nothing about the connections.</summary>
    public bool IsForbidden => this[DeliveryOutcome.Forbidden] > 0 && this[DeliveryOutcome.Delivered] == 0;

    public int this[DeliveryOutcome outcome] => Volatile.Read(ref _outcomes[(int)outcome]);

    public void Count(DeliveryOutcome outcome) => Interlocked.Increment(ref _outcomes[(int)outcome]);

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
            _becameLate++;
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
