using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

/// <summary>What an operator reads of an event that makes no sense: which member, what it must be, what it is. And where each limit is.</summary>
public sealed class EventSentenceTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, Func<EventCheck, EventCheck>> Wrong { get; } = new()
    {
        { "'x' must have 1 to 128 characters, but has 0.", check => check.Id("x", "") },
        { "'x' must consist of visible ASCII characters other than '#', but is \"a#\".", check => check.Id("x", "a#") },
        { "'x' must be a time from 2018 to a day from now, but is \"2017-12-31 23:59:59Z\".", check => check.Time("x", Day(2018, 1, 1).AddTicks(-1)) },
        { "'x' must be a time from 2018 to a day from now, but is \"2026-11-22 12:00:00Z\".", check => check.Time("x", Day(2026, 11, 22).AddHours(12).AddTicks(1)) },
        { "'x' must be an http or https URL of host and stage, but is \"nowhere\".", check => check.Endpoint("x", "nowhere") },
        { "'x' must be the name of a room, but is \"@ada\".", check => check.Room("x", "@ada") },
        { "'x' must name at most 20 rooms, but names 21.", check => check.Rooms("x", Many(21, "blue")) },
        { "'x' must be the name of a room, but is \"a b\".", check => check.Rooms("x", ["blue", "a b"]) },
        { "'x' must be the name of a room, or the room of a user, but is \"\".", check => check.Address("x", "") },
        { "'user' must have 1 to 128 visible characters, but is \"\".", check => check.Person("", null, null) },
        { $"'name' must have at most 128 characters, but is \"{new string('n', 64)}...\".", check => check.Person(null, new string('n', 129), null) },
        { "'guest' must have 1 to 128 visible characters, but is \"\\n\".", check => check.Person(null, null, "\n") },
        { "'x' must have 1 to 128 characters, but is \"\".", check => check.Role("x", "") },
        { $"'x' must have 1 to 128 characters, but is \"{new string('r', 64)}...\".", check => check.Role("x", new string('r', 129)) },
        { $"'x' must have at most 128 characters, but is \"{new string('a', 64)}...\".", check => check.Source("x", new string('a', 129)) },
        { "'x' must have at most 100 rooms, but has 101.", check => check.Patterns("x", Many(101, "blue")) },
        { "'x' must be of names of 1 to 130 characters, but is \"\".", check => check.Patterns("x", ["blue", ""]) },
        { "'x' must be of names of 1 to 130 characters, but is null.", check => check.Patterns("x", ["blue", null!]) },
        { $"'x' must be of names of 1 to 130 characters, but is \"{new string('p', 64)}...\".", check => check.Patterns("x", [new string('p', 131)]) },
        { "'x' must not be empty.", check => check.Positions("x", []) },
        { "'x' must be positions in the log of a room, but is \"m=\".", check => check.Positions("x", ["m="]) },
        { "'x' must be different positions, but is \"0639301377612420000#m\".", check => check.Positions("x", Many(2, "0639301377612420000#m")) },
        { "'x' must be from 3 to 5, but is \"2\".", check => check.Number("x", 2, 3, 5) },
        { "'x' must be from 3 to 5, but is \"6\".", check => check.Number("x", 6, 3, 5) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_wrong_is_said_in_one_sentence(string sentence, Func<EventCheck, EventCheck> check) =>
        Assert.Equal(sentence, check(new EventCheck(Now)).Problem);

    [Fact]
    public void What_is_just_within_its_limits_is_right() => Assert.Null(new EventCheck(Now)
        .Id("x", "!").Id("x", new string('~', 128))
        .Time("x", null).Time("x", Day(2018, 1, 1)).Time("x", Now.AddDays(1))
        .Endpoint("x", "https://chat.example.com/prod")
        .Room("x", "blue").Rooms("x", []).Rooms("x", Many(20, "blue"))
        .Address("x", null).Address("x", "@ada").Address("x", "blue")
        .Person(null, null, null).Person("ada", new string('n', 128), "guest-abc234").User("x", null)
        .Role("x", null).Role("x", "r").Role("x", new string('r', 128))
        .Source("x", null).Source("x", new string('a', 128))
        .Patterns("x", null).Patterns("x", Many(100, "blue")).Patterns("x", [new string('p', 130), "p"])
        .Positions("x", ["0639301377612420000#m", "0639301377612420000#n"])
        .Number("x", 3, 3, 5).Number("x", 5, 3, 5)
        .Problem);

    [Fact]
    public void Only_the_first_problem_is_told() =>
        Assert.Equal("'a' must be from 1 to 2, but is \"0\".", new EventCheck(Now).Number("a", 0, 1, 2).Number("b", 0, 1, 2).Problem);

    private static DateTimeOffset Day(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);

    private static string[] Many(int count, string text) => [.. Enumerable.Repeat(text, count)];
}
