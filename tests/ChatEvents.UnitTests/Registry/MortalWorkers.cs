using System.Diagnostics;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Registry;

/// <summary>
/// Workers that hold a few events at once. Every read and write of an item stops before and after it takes effect; chance decides whose
/// goes on next, and where a worker dies. What a dead worker held is delivered again. All of it runs on the test's own thread, so a seed
/// repeats a run exactly.
/// </summary>
/// <param name="handle">What a worker does with an event.</param>
/// <param name="random">Chance.</param>
/// <param name="capacity">How many deliveries are worked on at once. Arbitrary: enough for three workers to meet over one connection.</param>
/// <param name="deathsPerThousand">Of a thousand steps, how many are a death.</param>
internal sealed class MortalWorkers(Func<IRouteEvent, Task> handle, Random random, int capacity = 4, int deathsPerThousand = 20)
{
    /// <summary>A hundred times what the longest history takes.</summary>
    private const int MaxSteps = 1_000_000;

    private readonly List<TaskCompletionSource> _parked = [];
    private int _steps;

    public int Deaths { get; private set; }

    /// <summary>For <see cref="InMemoryDynamoDb.OnCall"/>.</summary>
    public Task ParkAsync()
    {
        var goOn = new TaskCompletionSource();
        _parked.Add(goOn);
        return goOn.Task;
    }

    /// <summary>Delivers the events in the order given until each has been handled without a death in between.</summary>
    public void Deliver(IEnumerable<IRouteEvent> events)
    {
        var outer = SynchronizationContext.Current;
        var thread = new OneThread();
        SynchronizationContext.SetSynchronizationContext(thread);
        try
        {
            Deliver(new Queue<IRouteEvent>(events), thread);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private void Deliver(Queue<IRouteEvent> waiting, OneThread thread)
    {
        var inHand = new List<(IRouteEvent Event, Task Work)>();
        while (waiting.Count > 0 || inHand.Count > 0)
        {
            while (inHand.Count < capacity && waiting.TryDequeue(out var next)) inHand.Add((next, handle(next)));
            thread.RunPosted();
            if (_parked.Count == 0 && inHand.TrueForAll(delivery => !delivery.Work.IsCompleted))
                throw new InvalidOperationException("The workers wait for what will never come.");
            Step();
            thread.RunPosted();
            foreach (var ended in inHand.Where(delivery => delivery.Work.IsCompleted).ToList())
            {
                inHand.Remove(ended);
                if (ended.Work.Exception?.InnerException is WorkerDiedException) waiting.Enqueue(ended.Event);
                else ended.Work.GetAwaiter().GetResult();
            }
        }
    }

    private void Step()
    {
        if (_parked.Count == 0) return;
        if (++_steps == MaxSteps) throw new InvalidOperationException("The workers go round in circles.");
        if (random.Next(1000) >= deathsPerThousand)
        {
            Take(random.Next(_parked.Count)).SetResult();
            return;
        }

        // The whole worker dies, or one request of it fails; of a dying worker's requests some still reach the database.
        Deaths++;
        var died = new List<TaskCompletionSource> { Take(random.Next(_parked.Count)) };
        for (var i = _parked.Count - 1; i >= 0; i--)
        {
            if (random.Next(2) == 0) died.Add(Take(i));
        }

        foreach (var call in died) call.SetException(new WorkerDiedException());
    }

    private TaskCompletionSource Take(int index)
    {
        var taken = _parked[index];
        _parked.RemoveAt(index);
        return taken;
    }

    /// <summary>What is posted runs when the test says so, on the test's thread.</summary>
    private sealed class OneThread : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Run, object? State)> _posted = new();

        public override void Post(SendOrPostCallback d, object? state) => _posted.Enqueue((d, state));

        public override void Send(SendOrPostCallback d, object? state) => throw new UnreachableException("Nothing here blocks.");

        public void RunPosted()
        {
            while (_posted.TryDequeue(out var posted)) posted.Run(posted.State);
        }
    }
}

internal sealed class WorkerDiedException() : Exception("The worker died here.");
