using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Registry;

/// <summary>
/// Workers that hold a few events at once. Every call to the database stops before and after it takes effect; chance decides whose call
/// goes on next, and which worker dies there. What a dead worker held is delivered again. All of it runs on the test's own thread, so a
/// seed repeats a run exactly.
/// </summary>
internal sealed class MortalWorkers(Func<IRouteEvent, Task> handle, Random random)
{
    /// <summary>How many deliveries are worked on at once. Arbitrary: enough for three workers to meet over one connection.</summary>
    private const int InHand = 4;

    private readonly AsyncLocal<Delivery?> _current = new();
    private readonly List<Parked> _parked = [];

    /// <summary>Of a thousand steps, how many are a death.</summary>
    public int DeathsPerThousand { get; init; } = 20;

    public int Deaths { get; private set; }

    /// <summary>For <see cref="InMemoryDynamoDb.OnCall"/>.</summary>
    public Task ParkAsync()
    {
        var parked = new Parked(_current.Value ?? throw new InvalidOperationException("A call from outside of a delivery."));
        _parked.Add(parked);
        return parked.GoOn.Task;
    }

    /// <summary>Delivers the events in the order given until each has been handled without a death in between.</summary>
    public void Deliver(IEnumerable<IRouteEvent> events)
    {
        var waiting = new Queue<IRouteEvent>(events);
        var inHand = new List<Delivery>();
        while (waiting.Count > 0 || inHand.Count > 0)
        {
            while (waiting.Count > 0 && inHand.Count < InHand) inHand.Add(Begin(waiting.Dequeue()));
            Step();
            foreach (var ended in inHand.Where(delivery => delivery.Work.IsCompleted).ToList())
            {
                inHand.Remove(ended);
                if (ended.Died) waiting.Enqueue(ended.Event);
                else ended.Work.GetAwaiter().GetResult();
            }
        }
    }

    private Delivery Begin(IRouteEvent routeEvent)
    {
        var delivery = new Delivery(routeEvent);
        _current.Value = delivery;
        delivery.Work = handle(routeEvent);
        _current.Value = null;
        return delivery;
    }

    private void Step()
    {
        if (_parked.Count == 0) return;
        var next = _parked[random.Next(_parked.Count)];
        if (random.Next(1000) < DeathsPerThousand)
        {
            Deaths++;
            next.Of.Died = true;
            foreach (var call in _parked.Where(call => call.Of == next.Of).ToList())
            {
                _parked.Remove(call);
                call.GoOn.SetException(new WorkerDiedException());
            }
        }
        else
        {
            _parked.Remove(next);
            next.GoOn.SetResult();
        }
    }

    private sealed class Delivery(IRouteEvent routeEvent)
    {
        public IRouteEvent Event { get; } = routeEvent;

        public Task Work { get; set; } = Task.CompletedTask;

        public bool Died { get; set; }
    }

    // Without RunContinuationsAsynchronously on purpose: the call goes on within SetResult, on the test's thread.
    private sealed record Parked(Delivery Of)
    {
        public TaskCompletionSource GoOn { get; } = new();
    }
}

internal sealed class WorkerDiedException() : Exception("The worker died here.");
