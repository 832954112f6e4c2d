using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class UserIdTests
{
    [Theory]
    [InlineData("ada")]
    [InlineData("auth0|5f7c8ec7c33c6c004bbafe82")]
    [InlineData("ada@example.com")]
    [InlineData("8f1d2f7e-3a52-4e3b-9f2f-d8f7b4a9f0aa")]
    [InlineData("Ada Lovelace")]
    [InlineData("größe")]
    [InlineData("\ud83d\ude00")]
    public void What_can_be_seen_is_an_id(string id) => Assert.True(UserId.IsValid(id));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a\0")]
    [InlineData("a\u007f")]
    [InlineData("a\u0085")]
    [InlineData("a\u200b")]
    [InlineData("\u202ea")]
    [InlineData("a\u2028")]
    [InlineData("\ufeffa")]
    [InlineData("\ud800")]
    [InlineData("\udc00a")]
    public void What_cannot_be_seen_is_none(string? id) => Assert.False(UserId.IsValid(id));

    [Fact]
    public void An_id_has_at_most_128_characters()
    {
        Assert.True(UserId.IsValid(new string('x', 128)));
        Assert.False(UserId.IsValid(new string('x', 129)));
    }

    [Theory]
    [InlineData("ada", "@ada")]
    [InlineData("Ada", "@Ada")]
    [InlineData("8f1d2f7e-3a52-4e3b-9f2f-d8f7b4a9f0aa", "@8f1d2f7e-3a52-4e3b-9f2f-d8f7b4a9f0aa")]
    [InlineData("auth0|17", "@auth0%7C17")]
    [InlineData("ada@example.com", "@ada%40example.com")]
    [InlineData("a#07", "@a%2307")]
    [InlineData("é", "@%C3%A9")]
    [InlineData("e\u0301", "@e%CC%81")]
    [InlineData("%40", "@%2540")]
    [InlineData("=x", "@%3Dx")]
    public void A_users_room_can_be_read_where_the_id_can(string id, string room) => Assert.Equal(room, UserId.RoomOf(id));

    [Fact]
    public void A_long_id_has_a_room_of_its_own_all_the_same()
    {
        var ids = Enumerable.Range(0, 100).Select(i => new string('x', 125) + i.ToString("D3", null)).Append(new string('\u00e9', 128)).ToList();

        var rooms = ids.Select(UserId.RoomOf).ToList();

        Assert.Equal(ids.Count, rooms.Distinct(StringComparer.Ordinal).Count());
        Assert.All(rooms, room => Assert.StartsWith("@=", room, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_room_of_a_user_is_an_address_that_SQS_and_the_tables_take_and_no_name_that_a_client_can_say()
    {
        var random = new Random(13);
        for (var i = 0; i < 5_000; i++)
        {
            var id = string.Concat(Enumerable.Range(0, random.Next(1, 70)).Select(_ => (char)random.Next(0x20, 0xd7ff)));

            var room = UserId.RoomOf(id);

            Assert.True(Room.IsAddress(room), room);
            Assert.False(Room.IsName(room), room);
            Assert.InRange(room.Length, 2, Room.MaxNameLength);
            Assert.DoesNotContain('#', room);
        }
    }
}
