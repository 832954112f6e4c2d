using System.Collections.Concurrent;

namespace ChatEvents.LocalGateway.Bills;

/// <summary>Counts what AWS would charge for. It is on the way of every message, so it takes no lock there but the peaks'.</summary>
/// <param name="time">Of connections.</param>
/// <param name="isKept">False counts nothing, to measure what counting costs.</param>
internal sealed class Ledger(TimeProvider time, bool isKept = true)
{
    /// <summary>Messages are metered in steps of 32 KB.</summary>
    private const int MessageUnit = 32 * 1024;

    private readonly DateTimeOffset _from = time.GetUtcNow();
    private readonly ConcurrentDictionary<string, FunctionUse> _functions = new(StringComparer.Ordinal);
    private readonly RateMeter _requests = new(time);
    private readonly RateMeter _connects = new(time);
    private long _messagesIn, _unitsIn, _messagesOut, _unitsOut, _connections, _open, _openedAtSum, _closedMilliseconds;

    /// <summary>An empty message is one, too.</summary>
    public static long Units(int bytes) => Math.Max(1, (bytes + MessageUnit - 1) / MessageUnit);

    public void Requested()
    {
        if (isKept)
            _requests.Mark();
    }

    public void ConnectRequested()
    {
        if (isKept)
            _connects.Mark();
    }

    public void Received(int bytes)
    {
        if (!isKept)
            return;
        Interlocked.Increment(ref _messagesIn);
        Interlocked.Add(ref _unitsIn, Units(bytes));
    }

    public void Sent(int bytes)
    {
        if (!isKept)
            return;
        Interlocked.Increment(ref _messagesOut);
        Interlocked.Add(ref _unitsOut, Units(bytes));
    }

    public void Opened(DateTimeOffset at)
    {
        if (!isKept)
            return;
        Interlocked.Increment(ref _connections);
        Interlocked.Increment(ref _open);
        Interlocked.Add(ref _openedAtSum, Milliseconds(at));
    }

    public void Closed(DateTimeOffset openedAt)
    {
        if (!isKept)
            return;
        Interlocked.Decrement(ref _open);
        Interlocked.Add(ref _openedAtSum, -Milliseconds(openedAt));
        Interlocked.Add(ref _closedMilliseconds, Milliseconds(time.GetUtcNow()) - Milliseconds(openedAt));
    }

    public void Invoked(string function, TimeSpan took)
    {
        if (isKept)
            _functions.GetOrAdd(function, _ => new FunctionUse()).Add(took);
    }

    public Usage Read()
    {
        var now = time.GetUtcNow();
        var milliseconds = Interlocked.Read(ref _closedMilliseconds)
            + Interlocked.Read(ref _open) * Milliseconds(now) - Interlocked.Read(ref _openedAtSum);
        return new Usage(
            _from,
            now,
            new MessageUse(Interlocked.Read(ref _messagesIn), Interlocked.Read(ref _unitsIn)),
            new MessageUse(Interlocked.Read(ref _messagesOut), Interlocked.Read(ref _unitsOut)),
            Interlocked.Read(ref _connections),
            milliseconds / 60_000m,
            _functions.OrderBy(function => function.Key, StringComparer.Ordinal).ToDictionary(function => function.Key, function => function.Value.Read()),
            _requests.Peak,
            _connects.Peak);
    }

    /// <summary>Since the start: sums of them stay small.</summary>
    private long Milliseconds(DateTimeOffset at) => (long)(at - _from).TotalMilliseconds;

    private sealed class FunctionUse
    {
        private long _invocations, _milliseconds;

        public void Add(TimeSpan took)
        {
            Interlocked.Increment(ref _invocations);
            // Lambda rounds each invocation up to a millisecond.
            Interlocked.Add(ref _milliseconds, (long)Math.Ceiling(took.TotalMilliseconds));
        }

        public InvocationUse Read() => new(Interlocked.Read(ref _invocations), Interlocked.Read(ref _milliseconds));
    }
}

/// <param name="Messages">How many.</param>
/// <param name="Units">As they are metered, in steps of 32 KB.</param>
internal sealed record MessageUse(long Messages, long Units);

internal sealed record InvocationUse(long Invocations, long Milliseconds);

/// <summary>What a gateway was used for in a time.</summary>
internal sealed record Usage(
    DateTimeOffset From,
    DateTimeOffset To,
    MessageUse In,
    MessageUse Out,
    long Connections,
    decimal ConnectionMinutes,
    IReadOnlyDictionary<string, InvocationUse> Functions,
    long PeakRequestsPerSecond,
    long PeakConnectsPerSecond);
