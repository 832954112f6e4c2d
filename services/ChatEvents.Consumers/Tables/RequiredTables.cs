namespace ChatEvents.Consumers.Tables;

/// <param name="Names">The tables that a worker does nothing without.</param>
/// <param name="Patience">How long it waits for them in all before it gives up starting.</param>
public sealed record RequiredTables(IReadOnlyList<string> Names, TimeSpan Patience)
{
    /// <summary>Arbitrary: as long as a container set that starts worker and database together may need.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromMinutes(1);
}
