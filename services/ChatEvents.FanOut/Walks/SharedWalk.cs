using System.Collections.Concurrent;
using System.Diagnostics;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Walks;

/// <summary>Messages of one room that walk together, and what the walk has to remember.</summary>
public sealed class SharedWalk(WalkScope scope, SavedWalk first) : IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _abandoning = new();
    private readonly CancellationTokenSource _handingOn = new();
    private readonly List<CancellationTokenRegistration> _registrations = [];
    private readonly Lock _gate = new();
    private readonly List<RoomMessage> _messages = [];
    private bool _isClosed;

    public WalkScope Scope => scope;

    public WalkPosition From => first.Position;

    /// <summary>Whether an earlier worker divided the walk among the workers; see Division/.</summary>
    public bool IsDivided => first.IsDivided;

    /// <summary>In their order. Complete once the walk is closed.</summary>
    public IReadOnlyList<RoomMessage> Messages => _messages;

    /// <summary>The connections that an earlier worker's walk passed while they were late, with the messages that they lack.</summary>
    public Dictionary<string, List<RoomMessage>> LateBefore { get; } = new(StringComparer.Ordinal);

    /// <summary>What the room owes its connections, by connection, as the walk begins.</summary>
    public IReadOnlyDictionary<string, Debt> Debts { get; set; } = new Dictionary<string, Debt>();

    /// <summary>The late connections that the walk works on, and their work.</summary>
    public ConcurrentDictionary<Lane, Task> Lanes { get; } = [];

    /// <summary>The late connections that the walk does not wait for.</summary>
    public ConcurrentQueue<Lane> LanesToHandOn { get; } = [];

    /// <summary>The walk has the trace of its first message, and so have the events that it sends.</summary>
    public Activity? Activity { get; } = Activity.Current;

    /// <summary>Drops everything: one of the messages was lost to another worker, and with it the order, or the walk has failed.</summary>
    public CancellationToken Abandoning => _abandoning.Token;

    /// <summary>The walk is over: late connections are not waited for any longer.</summary>
    public CancellationToken HandingOn => _handingOn.Token;

    public Task Ended => _ended.Task;

    /// <summary>Takes one more message along, unless the walk has begun, begins elsewhere, or is full.</summary>
    public bool TryJoin(RoomMessage message, SavedWalk saved, int most, CancellationToken abandoning)
    {
        lock (_gate)
        {
            if (_isClosed || _messages.Count >= most || (saved.Position, saved.IsDivided) != (first.Position, first.IsDivided))
                return false;

            _messages.Add(message);
            foreach (var connectionId in saved.LateConnections)
            {
                if (!LateBefore.TryGetValue(connectionId, out var late)) LateBefore.Add(connectionId, late = []);
                late.Add(message);
            }

            _registrations.Add(abandoning.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _abandoning));
            return true;
        }
    }

    /// <summary>Whether the message is among those that walk, or wait to.</summary>
    public bool Has(string messageId)
    {
        lock (_gate) return _messages.Exists(message => message.Id == messageId);
    }

    /// <summary>Leaves out messages with which an earlier walk has begun.</summary>
    public void LeaveOut(IReadOnlyCollection<RoomMessage> walked)
    {
        if (walked.Count == 0) return;
        lock (_gate) _messages.RemoveAll(walked.Contains);
        foreach (var message in walked) message.WasWalked = true;
    }

    /// <summary>The messages that have joined so far.</summary>
    public IReadOnlyList<RoomMessage> Joined()
    {
        lock (_gate) return [.. _messages];
    }

    /// <summary>No message joins from here on.</summary>
    public void Close()
    {
        lock (_gate) _isClosed = true;
    }

    public Task EndLanesAsync() => _handingOn.CancelAsync();

    /// <summary>Stops what is still under way, and waits for it.</summary>
    public async Task AbandonAsync()
    {
        await _abandoning.CancelAsync();
        await Task.WhenAll(Lanes.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void End(Exception? failure = null)
    {
        Dispose();
        if (failure is null)
            _ended.TrySetResult();
        else
            _ended.TrySetException(failure);
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _abandoning.Dispose();
        _handingOn.Dispose();
    }
}
