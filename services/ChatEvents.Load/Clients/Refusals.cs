using System.Collections.Concurrent;

namespace ChatEvents.Load.Clients;

/// <summary>What the server refused, and how often.</summary>
internal sealed class Refusals
{
    private readonly ConcurrentDictionary<string, int> _reasons = new(StringComparer.Ordinal);

    public void Add(string reason) => _reasons.AddOrUpdate(reason, 1, (_, count) => count + 1);

    /// <summary>The most frequent first.</summary>
    public IReadOnlyList<(string Reason, int Count)> Most(int count) =>
        [.. _reasons.OrderByDescending(reason => reason.Value).Take(count).Select(reason => (reason.Key, reason.Value))];
}
