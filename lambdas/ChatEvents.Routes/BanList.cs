using System.Globalization;
using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes;

/// <summary>Looks at <c>$connect</c>, or before it, whether a user or an address may connect.</summary>
/// <param name="createClient">A client of DynamoDB.</param>
/// <param name="table">The table of <see cref="Bans"/>; null where nobody is banned, or somebody else has looked.</param>
/// <param name="time">Tells which bans are over.</param>
internal sealed class BanList(Func<AwsClient> createClient, string? table, TimeProvider time)
{
    private static readonly long MaxSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private readonly Lazy<AwsClient> _dynamoDb = new(createClient);

    /// <returns>Until when; null for somebody who is not banned.</returns>
    /// <exception cref="AwsCallException">The table cannot be read.</exception>
    public async Task<DateTimeOffset?> EndOfBanAsync(string? user, string? address, CancellationToken answering)
    {
        if (table is null) return null;
        var ends = await Task.WhenAll(Bans.KeysOf(user, address).Select(key => EndOfBanAsync(key, answering)));
        return ends.Max() is { } end && end > time.GetUtcNow() ? end : null;
    }

    /// <summary>Consistent, because somebody who has just been banned connects again at once.</summary>
    private async Task<DateTimeOffset?> EndOfBanAsync(string key, CancellationToken answering)
    {
        using var answer = await _dynamoDb.Value.GetItemAsync(table!, [(Bans.Banned, key)], answering);
        return answer.RootElement.TryGetProperty("Item", out var ban)
            && !ban.TryGetProperty(Bans.LiftedAt, out _)
            && ban.TryGetProperty(Bans.TimeToLive, out var end)
            && end.TryGetProperty("N", out var number)
            && long.TryParse(number.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, MaxSeconds))
                : null;
    }
}
