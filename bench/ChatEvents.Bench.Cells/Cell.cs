namespace ChatEvents.Bench.Cells;

/// <summary>
/// One cell and a message to all of its connections, as discrete events: a worker takes the walk, or shards of it where the room is large;
/// each post takes a turn of its worker's pace and, at the gateway, a token of the account's quota; what is refused is tried again.
/// </summary>
internal sealed class Cell
{
    // A refused post waits 200 ms before the second attempt, and twice as long each time, up to 5 s.
    private const double RetrySeconds = 0.200;
    private const double LongestRetrySeconds = 5;

    private readonly Conditions _conditions;
    private readonly Random _random;
    private readonly TokenBucket _quota;
    private readonly PriorityQueue<(What What, Worker Worker, int Attempts), (double At, long Order)> _events = new();
    private readonly Queue<int> _shards = [];
    private readonly List<double> _deliveredAt = [];
    private long _order;
    private int _refused;

    private Cell(Conditions conditions, int seed)
    {
        _conditions = conditions;
        _random = new Random(seed);
        _quota = new TokenBucket(conditions.Quota, conditions.Burst);
    }

    private enum What
    {
        ShardsArrive,
        Turn,
        Answer,
        Retry,
    }

    /// <summary>Posts one message to so many connections.</summary>
    /// <param name="conditions">Of the cell.</param>
    /// <param name="connections">That the cell has.</param>
    /// <param name="arrivesAt">When the message is in the worker's hand.</param>
    /// <param name="seed">Chooses the times of the posts.</param>
    public static CellResult Broadcast(Conditions conditions, int connections, double arrivesAt, int seed)
    {
        var cell = new Cell(conditions, seed);
        cell.Run(connections, arrivesAt + conditions.FirstPageSeconds);
        cell._deliveredAt.Sort();
        return new(cell._deliveredAt[^1], cell._deliveredAt[(cell._deliveredAt.Count - 1) / 2], cell._refused);
    }

    private void Run(int connections, double from)
    {
        var workers = Enumerable.Range(0, _conditions.Workers).Select(_ => new Worker(new Pace(_conditions.PostsPerSecond))).ToList();
        if (connections <= _conditions.DivideAbove)
        {
            workers[0].ToPost = connections;
            Happen(What.Turn, workers[0], from);
        }
        else
        {
            // The first worker finds out how large the room is, by as many posts as a shard may have, and then shares the rest out.
            var first = _conditions.DivideAbove / _conditions.Shards;
            workers[0].ToPost = first;
            Happen(What.Turn, workers[0], from);
            var rest = connections - first;
            for (var shard = 0; shard < _conditions.Shards; shard++)
                _shards.Enqueue(rest / _conditions.Shards + (shard < rest % _conditions.Shards ? 1 : 0));
            var sharedAt = from + first / _conditions.PostsPerSecond + _conditions.QueueSeconds + _conditions.FirstPageSeconds;
            workers.ForEach(worker => Happen(What.ShardsArrive, worker, sharedAt));
        }

        while (_events.TryDequeue(out var next, out var when)) Handle(next.What, next.Worker, next.Attempts, when.At);
    }

    private void Handle(What what, Worker worker, int attempts, double now)
    {
        switch (what)
        {
            case What.Turn:
                worker.HasTurn = false;
                break;
            case What.ShardsArrive:
                TakeShard(worker);
                break;
            case What.Retry:
                worker.Retries.Enqueue(attempts);
                break;
            case What.Answer:
                worker.UnderWay--;
                var accepted = _quota.TryTake(now);
                worker.Pace.Count(accepted);
                if (accepted) _deliveredAt.Add(now);
                else Refuse(worker, attempts, now);
                break;
        }

        Post(worker, now);
    }

    private void Refuse(Worker worker, int attempts, double now)
    {
        _refused++;
        var delay = Math.Min(LongestRetrySeconds, RetrySeconds * Math.Pow(2, attempts)) * (0.5 + _random.NextDouble());
        Happen(What.Retry, worker, now + delay, attempts + 1);
    }

    private void Post(Worker worker, double now)
    {
        while (worker.UnderWay < _conditions.Concurrency && (worker.Retries.Count > 0 || worker.ToPost > 0 || TakeShard(worker)))
        {
            if (!worker.Pace.TryTake(now))
            {
                if (!worker.HasTurn) Happen(What.Turn, worker, worker.Pace.NextTurn(now));
                worker.HasTurn = true;
                return;
            }

            if (!worker.Retries.TryDequeue(out var attempts)) worker.ToPost--;
            worker.UnderWay++;
            Happen(What.Answer, worker, now + PostSeconds(), attempts);
        }
    }

    private bool TakeShard(Worker worker)
    {
        if (worker.ToPost > 0 || !_shards.TryDequeue(out var connections)) return false;
        worker.ToPost = connections;
        return true;
    }

    private void Happen(What what, Worker worker, double at, int attempts = 0) => _events.Enqueue((what, worker, attempts), (at, _order++));

    /// <summary>Log-normal, by the method of Box and Muller.</summary>
    private double PostSeconds() => _conditions.PostSeconds * Math.Exp(
        _conditions.PostSpread * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));

    private sealed class Worker(Pace pace)
    {
        public Pace Pace { get; } = pace;

        public int ToPost { get; set; }

        public int UnderWay { get; set; }

        public bool HasTurn { get; set; }

        public Queue<int> Retries { get; } = [];
    }
}

/// <param name="LastAt">When the last connection had the message, in seconds from when it was sent.</param>
/// <param name="HalfAt">When half of them had it.</param>
/// <param name="Refused">Posts that the quota refused, and that were made again.</param>
public sealed record CellResult(double LastAt, double HalfAt, int Refused);
