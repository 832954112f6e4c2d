namespace ChatEvents.Bench.Cells;

/// <summary>
/// How a worker paces its posts, by the rules of the fan-out (docs/fan-out.md, "429 has two meanings"): by windows of 100 ms it rises by
/// 0.2 % of its budget, or falls to nine tenths of what got through.
/// </summary>
internal sealed class Pace
{
    public const double Window = 0.100;

    // Tokens for 20 ms may be saved up, and turns are given at whole milliseconds.
    private const double Saved = 0.020;
    private const double Turn = 0.001;

    private readonly double _budget;
    private double _rate;
    private double _tokens;
    private double _refilledAt;
    private double _windowFrom;
    private int _given;
    private int _accepted;
    private int _refused;

    public Pace(double budget) => (_budget, _rate, _tokens) = (budget, budget, budget * Saved);

    public bool TryTake(double now)
    {
        EndWindow(now);
        Refill(now);
        if (_tokens < 1) return false;
        _tokens--;
        _given++;
        return true;
    }

    /// <summary>When to ask again.</summary>
    public double NextTurn(double now) => now + Math.Max(Turn, Math.Ceiling((1 - _tokens) / _rate / Turn) * Turn);

    public void Count(bool accepted)
    {
        if (accepted) _accepted++;
        else _refused++;
    }

    private void Refill(double now)
    {
        _tokens = Math.Min(Math.Max(1, _rate * Saved), _tokens + (now - _refilledAt) * _rate);
        _refilledAt = now;
    }

    private void EndWindow(double now)
    {
        var length = now - _windowFrom;
        if (length < Window) return;

        Refill(now);
        if (_refused >= 2 && _refused >= 0.01 * (_accepted + _refused))
        {
            _rate = Math.Max(10, Math.Min(_rate, _accepted / length) * 0.9);
            _tokens = 0;
        }
        else if (_given > 0)
        {
            _rate = Math.Min(_budget, _rate + 0.002 * _budget);
        }

        _windowFrom = now;
        _given = _accepted = _refused = 0;
    }
}
