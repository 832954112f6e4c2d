using System.ComponentModel;
using System.Globalization;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Functions;

namespace ChatEvents.LocalGateway.Processes;

/// <summary>
/// The environments of one function: started when an event waits, one more while events keep waiting, restarted when files change, ended
/// when idle, and ended with the gateway.
/// </summary>
internal sealed class FunctionFleet : IDisposable
{
    /// <summary>How long an event waits before another environment is started. Arbitrary: a fast function needs no second one.</summary>
    private static readonly TimeSpan ScaleAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>How often files and idle times are looked at.</summary>
    private static readonly TimeSpan HousekeepingInterval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, Started> _members = [];
    private readonly RuntimeFunction _function;
    private readonly FunctionOptions _options;
    private readonly StartPlan _plan;
    private readonly Func<FunctionEnvironment, IReadOnlyDictionary<string, string>> _variables;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _scaling;
    private readonly ITimer _housekeeping;
    private int _lastId;
    private int _fingerprint;
    private bool _stopped;

    public FunctionFleet(
        RuntimeFunction function,
        FunctionOptions options,
        StartPlan plan,
        Func<FunctionEnvironment, IReadOnlyDictionary<string, string>> variables,
        TimeProvider time,
        ILogger log)
    {
        (_function, _options, _plan, _variables, _time, _log) = (function, options, plan, variables, time, log);
        _scaling = time.CreateTimer(_ => Scale(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _housekeeping = time.CreateTimer(_ => KeepHouse(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        function.Queued += OnQueued;
    }

    public Runtime Runtime => _plan.Runtime;

    private int Limit => _options.DebugPort is null ? _options.Instances : 1;

    private IEnumerable<Started> Usable => _members.Values.Where(member => !member.Environment.IsRetired);

    /// <summary>The environment behind a connection, by the id that our loops send, or by the process that holds the connection.</summary>
    public FunctionEnvironment? Find(string? id, int remotePort)
    {
        if (int.TryParse(id, CultureInfo.InvariantCulture, out var number))
        {
            lock (_gate)
                return _members.GetValueOrDefault(number)?.Environment;
        }

        var processes = PeerProcess.FindWithAncestors(remotePort);
        lock (_gate)
            return _members.Values.FirstOrDefault(member => processes.Contains(member.Process.Id))?.Environment;
    }

    public void Dispose()
    {
        Started[] members;
        lock (_gate)
        {
            _stopped = true;
            members = [.. _members.Values];
        }

        _scaling.Dispose();
        _housekeeping.Dispose();
        foreach (var member in members)
            member.Process.Kill();
    }

    private void OnQueued()
    {
        lock (_gate)
        {
            if (_stopped)
                return;
            if (!Usable.Any())
                Start();
            _scaling.Change(ScaleAfter, Timeout.InfiniteTimeSpan);
        }
    }

    private void Scale()
    {
        lock (_gate)
        {
            var waiting = _function.WaitingEvents;
            if (_stopped || waiting == 0)
                return;
            // What is still starting will take an event each.
            if (Usable.Count() < Limit && Usable.Count(member => !member.Environment.HasStarted) < waiting)
                Start();
            _scaling.Change(ScaleAfter, Timeout.InfiniteTimeSpan);
        }
    }

    private void Start()
    {
        var fingerprint = SourceFiles.Fingerprint(_plan.Watched);
        if (_members.Count > 0 && fingerprint != _fingerprint)
            Retire();
        _fingerprint = fingerprint;
        var id = ++_lastId;
        var environment = new FunctionEnvironment(id, () => Kill(id));
        try
        {
            var process = EnvironmentProcess.Start(
                _plan, _variables(environment), line => _log.FunctionWrote(_function.Name, Quote.Line(line, whole: true)), code => OnExit(id, code));
            _members[id] = new Started(environment, process);
            _log.EnvironmentStarted(_function.Name, process.Id);
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            var error = new FunctionError("Runtime.StartError", $"'{_plan.Command[0]}' cannot be started: {e.Message}");
            _log.InitializationFailed(_function.Name, error.Message);
            _function.FailOldestWaiting(error);
        }

        _housekeeping.Change(HousekeepingInterval, HousekeepingInterval);
    }

    private void Kill(int id)
    {
        lock (_gate)
        {
            if (_members.TryGetValue(id, out var member))
                member.Process.Kill();
        }
    }

    private void OnExit(int id, int code)
    {
        FunctionEnvironment environment;
        lock (_gate)
        {
            if (!_members.Remove(id, out var member))
                return;
            environment = member.Environment;
            if (_members.Count == 0 && !_stopped)
                _housekeeping.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        // The words of Lambda's own log.
        var error = new FunctionError("Runtime.ExitError", $"Runtime exited with exit status {code}");
        if (!environment.IsRetired && !_stopped)
            _log.EnvironmentExited(_function.Name, code);
        _function.EndEnvironment(environment, error);
        if (!environment.HasStarted && !environment.IsRetired)
            _function.FailOldestWaiting(error);
        if (_function.WaitingEvents > 0)
            OnQueued();
    }

    private void KeepHouse()
    {
        lock (_gate)
        {
            if (_stopped || _members.Count == 0)
                return;
            var fingerprint = SourceFiles.Fingerprint(_plan.Watched);
            if (fingerprint != _fingerprint)
                Retire();
            _fingerprint = fingerprint;

            var now = _time.GetUtcNow();
            foreach (var environment in Usable.Select(member => member.Environment).ToArray())
            {
                if (environment is { Current: null, IdleSince: { } since } && now - since > _options.IdleTimeout)
                {
                    environment.Kill();
                    _log.EnvironmentIdle(_function.Name, _options.IdleTimeout);
                }
            }
        }
    }

    /// <summary>The files have changed. An environment that handles an event is ended when it asks for the next one.</summary>
    private void Retire()
    {
        foreach (var environment in Usable.Select(member => member.Environment).ToArray())
        {
            environment.Retire();
            if (environment.Current is null)
                environment.Kill();
        }

        _log.FilesChanged(_function.Name);
    }

    private sealed record Started(FunctionEnvironment Environment, EnvironmentProcess Process);
}
