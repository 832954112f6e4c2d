using System.Diagnostics.Metrics;
using ChatEvents.Contracts;

namespace ChatEvents.Consumers.Tables;

/// <summary>A row that this system did not write, or that was damaged.</summary>
/// <param name="Table">The table.</param>
/// <param name="Key">Its key, for people.</param>
/// <param name="Problem">Why it makes no sense.</param>
public sealed record SenselessRow(string Table, string Key, string Problem)
{
    /// <summary>The keys of rows can be what a client wrote, or what somebody wrote who should not.</summary>
    public override string ToString() => $"The row {Quote.Of(Key)} of table {Table} makes no sense and is skipped: {Problem}.";
}

/// <summary>
/// Where rows go that make no sense: each is counted, and told once an hour, because it may be read many times a second. A reader of a
/// table goes on without it, so that it costs at most its own connection.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="tell">Tells a person.</param>
public sealed class RowProblems(TimeProvider time, Action<SenselessRow> tell)
{
    /// <summary>Name of the counter.</summary>
    public const string Counter = "chatevents.rows.senseless";

    private static readonly Meter Meter = new("ChatEvents.Tables");

    private static readonly Counter<long> Rows =
        Meter.CreateCounter<long>(Counter, "{row}", "Rows that were read and make no sense, repeats included.");

    private readonly OncePer _told = new(TimeSpan.FromHours(1), time);

    /// <summary>The clock of those who read rows: what is said to happen much later makes no sense.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    public void Report(string table, string key, string problem)
    {
        Rows.Add(1, new KeyValuePair<string, object?>("table", table));
        if (_told.IsNews($"{table}/{key}")) tell(new(table, key, problem));
    }
}
