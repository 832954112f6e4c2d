using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut.Delivering;

/// <summary>One chat message in delivery: what is posted, and what became of it at each connection.</summary>
public sealed class MessageTally(string room, RenderedMessage message)
{
    private readonly int[] _outcomes = new int[Enum.GetValues<DeliveryOutcome>().Length];
    private readonly Lock _gate = new();
    private int _late;
    private int _undelivered;
    private string? _firstFailure;

    public string Room => room;

    public RenderedMessage Message { get; } = message;

    /// <summary>Connections whose delivery goes on after the walk has passed them.</summary>
    public int Late => Volatile.Read(ref _late);

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

    public void BeginLate() => Interlocked.Increment(ref _late);

    /// <returns>Whether this was the last one.</returns>
    public bool EndLate() => Interlocked.Decrement(ref _late) == 0;
}
