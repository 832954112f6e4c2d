using ChatEvents.Routes.Rooms;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Rooms;

public sealed class PresenceCacheTests
{
    private readonly FakeTime _time = new();
    private readonly List<string> _reads = [];
    private readonly PresenceCache _cache;

    public PresenceCacheTests() => _cache = new PresenceCache(_time);

    [Fact]
    public async Task A_first_page_is_as_old_as_a_second_at_most()
    {
        await AskAsync("blue");
        _time.Advance(TimeSpan.FromSeconds(0.9));
        await AskAsync("blue");
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await AskAsync("blue");

        Assert.Equal(["blue", "blue"], _reads);
    }

    [Fact]
    public async Task The_pages_of_a_listing_are_of_one_reading()
    {
        var first = await AskAsync("blue");
        _time.Advance(TimeSpan.FromSeconds(29));

        Assert.Same(first, await AskAsync("blue", isFirstPage: false));
        _time.Advance(TimeSpan.FromSeconds(1));
        await AskAsync("blue", isFirstPage: false);
        Assert.Equal(["blue", "blue"], _reads);
    }

    [Fact]
    public async Task Each_room_is_kept_by_itself()
    {
        await AskAsync("blue");
        await AskAsync("red");
        await AskAsync("blue");

        Assert.Equal(["blue", "red"], _reads);
    }

    [Fact]
    public async Task Who_is_missing_in_what_is_kept_makes_a_first_page_be_read_again()
    {
        await AskAsync("blue");
        await AskAsync("blue", asker: "new", isFirstPage: false);
        Assert.Equal(["blue"], _reads);

        await AskAsync("blue", asker: "new");
        Assert.Equal(["blue", "blue"], _reads);
    }

    [Fact]
    public async Task Who_is_missing_in_a_room_too_large_to_read_does_not()
    {
        await AskAsync("blue", isPartial: true);
        await AskAsync("blue", asker: "new", isPartial: true);

        Assert.Equal(["blue"], _reads);
    }

    [Fact]
    public async Task Those_who_ask_at_once_share_a_reading()
    {
        var reading = new TaskCompletionSource<RoomSnapshot>();
        var asked = Enumerable.Range(0, 5).Select(_ => _cache.GetAsync("blue", "a", isFirstPage: true, () =>
        {
            _reads.Add("blue");
            return reading.Task;
        })).ToList();
        reading.SetResult(Room(isPartial: false));

        Assert.Single((await Task.WhenAll(asked)).Distinct());
        Assert.Single(_reads);
    }

    [Fact]
    public async Task A_reading_that_fails_is_not_kept()
    {
        await Assert.ThrowsAsync<IOException>(() => _cache.GetAsync(
            "blue", "a", isFirstPage: true, () => Task.FromException<RoomSnapshot>(new IOException())));

        await AskAsync("blue");
        Assert.Equal(["blue"], _reads);
    }

    [Fact]
    public async Task The_oldest_rooms_are_forgotten_when_they_are_too_many_rows()
    {
        await AskAsync("blue", rows: 20_000);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await AskAsync("red", rows: 20_000);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await AskAsync("green", rows: 20_000);

        await AskAsync("red", isFirstPage: false);
        await AskAsync("green", isFirstPage: false);
        await AskAsync("blue", isFirstPage: false);
        Assert.Equal(["blue", "red", "green", "blue"], _reads);
    }

    private static RoomSnapshot Room(bool isPartial, int rows = 1) =>
        new([.. Enumerable.Range(0, rows).Select(i => new MemberRow(i == 0 ? "a" : $"{i}", null, null, null))], isPartial);

    private Task<RoomSnapshot> AskAsync(string room, string asker = "a", bool isFirstPage = true, bool isPartial = false, int rows = 1) =>
        _cache.GetAsync(room, asker, isFirstPage, () =>
        {
            _reads.Add(room);
            return Task.FromResult(Room(isPartial, rows));
        });
}
