namespace ChatEvents.LocalGateway.Functions;

/// <summary>Tells the developer why nothing happens when the events of a function wait for an environment.</summary>
internal sealed class StarvationHints : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly RuntimeFunction _function;
    private readonly Func<string> _howToStart;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private int _armed;
    private Invocation? _toldOf;

    /// <param name="function">The function.</param>
    /// <param name="howToStart">The line that starts an environment.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Receives the hints.</param>
    public StarvationHints(RuntimeFunction function, Func<string> howToStart, TimeProvider time, ILogger log)
    {
        (_function, _howToStart, _time, _log) = (function, howToStart, time, log);
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        function.Queued += Arm;
    }

    public void Dispose() => _timer.Dispose();

    private void Arm()
    {
        if (Interlocked.Exchange(ref _armed, 1) == 0)
            _timer.Change(Patience, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        Volatile.Write(ref _armed, 0);
        if (_function.OldestWaiting is not { } oldest)
            return;
        var waited = _time.GetUtcNow() - oldest.QueuedAt;
        if (waited < Patience)
        {
            Arm();
        }
        else if (oldest != _toldOf)
        {
            _toldOf = oldest;
            if (_function.HadEnvironment)
                _log.EnvironmentsBusy(_function.Name, (int)waited.TotalSeconds, _function.RunningEvents);
            else
                _log.NoEnvironment(_function.Name, _howToStart());
            Arm();
        }
    }
}
