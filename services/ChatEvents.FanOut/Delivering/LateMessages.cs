using Microsoft.Extensions.Caching.Memory;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// The messages that late deliveries bring. Many connections may be late for the same message: it is read and hashed once, and its
/// failures are counted together.
/// </summary>
public sealed class LateMessages(RecentLog recent) : IDisposable
{
    /// <summary>Longer than it takes until the next connection's event arrives. Arbitrary.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(5);

    private readonly MemoryCache _messages = new(new MemoryCacheOptions { ExpirationScanFrequency = KeptFor });
    private readonly Lock _gate = new();

    /// <summary>The messages at these positions of the room's log, except expired ones.</summary>
    public async Task<IReadOnlyList<RoomMessage>> FindAsync(string room, IReadOnlyList<string> positions, CancellationToken abandoning)
    {
        var found = await Task.WhenAll(positions.Select(position => ReadOnceAsync(room, position))).WaitAsync(abandoning);
        return [.. found.OfType<RoomMessage>()];
    }

    /// <summary>Has the message read again: it was removed.</summary>
    public void Forget(string room, string position)
    {
        lock (_gate) _messages.Remove((room, position));
    }

    public void Dispose() => _messages.Dispose();

    private async Task<RoomMessage?> ReadOnceAsync(string room, string position)
    {
        try
        {
            Task<RoomMessage?> reading;
            lock (_gate)
            {
                reading = _messages.GetOrCreate((room, position), entry =>
                {
                    entry.AbsoluteExpirationRelativeToNow = KeptFor; // not longer: it may be removed meanwhile
                    return recent.FindAsync(room, position, CancellationToken.None); // others may wait for it too
                })!;
            }

            return await reading;
        }
        catch
        {
            _messages.Remove((room, position)); // the next try reads again
            throw;
        }
    }
}
