using ChatEvents.FanOut.Posting;

namespace ChatEvents.FanOut.Delivering;

/// <summary>One chat message in delivery: what is posted, what became of it at each connection, and who is late for it.</summary>
public sealed class MessageTally(string room, RenderedMessage message)
{
    private readonly int[] _outcomes = new int[Enum.GetValues<DeliveryOutcome>().Length];
    private readonly Lock _gate = new();
    private readonly HashSet<string> _late = new(StringComparer.Ordinal);
    private volatile bool _isHandedBack;
    private int _becameLate;
    private int _undelivered;
    private string? _firstFailure;
    private TaskCompletionSource? _noneLate;

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

    /// <summary>Whether the message went back to its queue: whoever gets it next serves those who are late.</summary>
    public bool IsHandedBack => _isHandedBack;

    /// <summary>How many connections were late at some time.</summary>
    public int BecameLate => Volatile.Read(ref _becameLate);

    /// <summary>How many deliveries go on after the walk has passed them.</summary>
    public int LateCount
    {
        get
        {
            lock (_gate) return _late.Count;
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

    /// <summary>Ends the late deliveries; those who are late stay so, for the next receiver to know.</summary>
    public void HandBack() => _isHandedBack = true;

    public void BeginLate(string connectionId)
    {
        lock (_gate)
        {
            _late.Add(connectionId);
            _becameLate++;
        }
    }

    /// <returns>Whether this was the last one.</returns>
    public bool EndLate(string connectionId)
    {
        lock (_gate)
        {
            _late.Remove(connectionId);
            if (_late.Count > 0)
                return false;

            _noneLate?.TrySetResult();
            return true;
        }
    }

    /// <summary>The connections that are late now.</summary>
    public IReadOnlyList<string> LateConnections()
    {
        lock (_gate) return [.. _late];
    }

    /// <summary>Ends when no connection is late; to be asked for when the walk is over, and no more become late.</summary>
    public Task NoneLateAsync()
    {
        lock (_gate)
        {
            if (_late.Count == 0)
                return Task.CompletedTask;

            _noneLate ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _noneLate.Task;
        }
    }
}
