using System.Text.Json;

namespace ChatEvents.EndToEndTests;

/// <summary>Rooms, from the client's side of the socket.</summary>
[Collection<OneLocalSystem>]
public sealed class RoomTests(LocalSystemFixture local)
{
    [Fact(Timeout = 120_000)]
    public async Task A_message_to_a_room_reaches_those_who_are_in_it_and_nobody_else()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        await using var ada = await ConnectAsync("?room=blue&room=red", cancellation);
        await using var bob = await ConnectAsync("?room=blue", cancellation);
        await using var cyd = await ConnectAsync("", cancellation);
        await local.Servers.UntilInRoomAsync("blue", 2, cancellation);
        await local.Servers.UntilInRoomAsync("everyone", 3, cancellation);

        await ada.SendAsync("""{"action":"onMessage","room":"blue","message":"Hello blue"}""", cancellation);
        await bob.WaitForAsync(1, cancellation);
        await ada.PostAsync("Hello everyone", cancellation);

        Assert.Equal(["Echo: Hello everyone"], await cyd.WaitForAsync(1, cancellation));
        Assert.Equal(["Echo: Hello blue", "Echo: Hello everyone"], await bob.WaitForAsync(2, cancellation));
        Assert.Equal(["Echo: Hello blue", "Echo: Hello everyone"], await ada.WaitForAsync(2, cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task Who_is_not_in_a_room_is_told_so_and_the_room_hears_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var ada = await ConnectAsync("?room=green", cancellation);
        await using var bob = await ConnectAsync("", cancellation);
        await local.Servers.UntilInRoomAsync("green", 1, cancellation);

        await bob.SendAsync("""{"action":"onMessage","room":"green","message":"let me in"}""", cancellation);

        Assert.Equal("You are not in the room \"green\".", Text(await bob.WaitForAsync(1, cancellation), "error"));
        await ada.SendAsync("""{"action":"onMessage","room":"green","message":"only us"}""", cancellation);
        Assert.Equal(["Echo: only us"], await ada.WaitForAsync(1, cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_member_may_speak_as_soon_as_the_join_is_answered_and_no_more_after_leaving()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var ada = await ConnectAsync("", cancellation);

        await ada.SendAsync("""{"action":"join","room":"lab"}""", cancellation);
        Assert.Equal("lab", Text(await ada.WaitForAsync(1, cancellation), "joined"));
        await ada.SendAsync("""{"action":"onMessage","room":"lab","message":"at once"}""", cancellation);
        Assert.Equal("Echo: at once", (await ada.WaitForAsync(2, cancellation))[1]);

        await ada.SendAsync("""{"action":"leave","room":"lab"}""", cancellation);
        Assert.Equal("lab", Text(await ada.WaitForAsync(3, cancellation), "left"));
        await local.Servers.UntilInRoomAsync("lab", 0, cancellation);
        await ada.SendAsync("""{"action":"onMessage","room":"lab","message":"too late"}""", cancellation);
        Assert.Equal("You are not in the room \"lab\".", Text(await ada.WaitForAsync(4, cancellation), "error"));
    }

    [Fact(Timeout = 120_000)]
    public async Task Who_joins_one_room_too_many_is_told_so_and_may_join_it_after_leaving_another()
    {
        const int Most = 20;
        var cancellation = TestContext.Current.CancellationToken;
        await using var ada = await ConnectAsync("?room=hall-1&room=hall-2", cancellation);

        for (var room = 3; room <= Most; room++)
        {
            await ada.SendAsync($$"""{"action":"join","room":"hall-{{room}}"}""", cancellation);
            Assert.Equal($"hall-{room}", Text(await ada.WaitForAsync(room - 2, cancellation), "joined"));
        }

        await ada.SendAsync("""{"action":"join","room":"attic"}""", cancellation);
        Assert.Equal(
            "You are in 20 rooms, the most that are allowed; leave one before you join \"attic\".",
            Text(await ada.WaitForAsync(Most - 1, cancellation), "error"));

        await ada.SendAsync("""{"action":"leave","room":"hall-2"}""", cancellation);
        Assert.Equal("hall-2", Text(await ada.WaitForAsync(Most, cancellation), "left"));
        await local.Servers.UntilInRoomAsync("hall-2", 0, cancellation);
        await ada.SendAsync("""{"action":"join","room":"attic"}""", cancellation);
        Assert.Equal("attic", Text(await ada.WaitForAsync(Most + 1, cancellation), "joined"));
        await ada.SendAsync("""{"action":"onMessage","room":"attic","message":"made it"}""", cancellation);
        Assert.Equal("Echo: made it", (await ada.WaitForAsync(Most + 2, cancellation))[^1]);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_the_last_answer_says_is_so_when_a_room_is_joined_left_and_joined_in_one_tick()
    {
        const int Rooms = 12;
        var cancellation = TestContext.Current.CancellationToken;
        await using var ada = await ConnectAsync("", cancellation);

        var ends = new List<bool>();
        for (var room = 0; room < Rooms; room++)
        {
            foreach (var action in (string[])["join", "leave", "join"])
                await ada.SendAsync($$"""{"action":"{{action}}","room":"tick-{{room}}"}""", cancellation);
            var answers = (await ada.WaitForAsync(3 * (room + 1), cancellation)).Skip(3 * room).ToList();
            Assert.DoesNotContain(answers, answer => answer.Contains("error", StringComparison.Ordinal));
            ends.Add(answers[^1].Contains("joined", StringComparison.Ordinal));
        }

        for (var room = 0; room < Rooms; room++) await local.Servers.UntilInRoomAsync($"tick-{room}", ends[room] ? 1 : 0, cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task Members_are_told_who_is_in_their_room()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var ada = await ConnectAsync("?room=tea", cancellation);
        await using var bob = await ConnectAsync("?room=tea", cancellation);
        await local.Servers.UntilInRoomAsync("tea", 2, cancellation);

        await ada.SendAsync("""{"action":"who","room":"tea"}""", cancellation);

        using var answer = JsonDocument.Parse((await ada.WaitForAsync(1, cancellation))[0]);
        Assert.Equal("tea", answer.RootElement.GetProperty("room").GetString());
        Assert.Equal(2, answer.RootElement.GetProperty("count").GetInt32());
        var members = answer.RootElement.GetProperty("members").EnumerateArray();
        Assert.Equal(2, members.Select(member => member.GetProperty("connectionId").GetString()).Distinct().Count());
    }

    [Fact(Timeout = 120_000)]
    public async Task Without_tokens_nobody_is_a_moderator_and_such_a_frame_is_one_that_nobody_knows()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var ada = await ConnectAsync("", cancellation);

        foreach (var (i, action) in ((string[])["ban", "unban", "disconnect"]).Index())
        {
            await ada.SendAsync($$"""{"action":"{{action}}","user":"mallory"}""", cancellation);
            Assert.Matches(
                $$"""^{"error":"There is no action \\"{{action}}\\"\.","requestId":"[^"]+","expected":\["onMessage","join","leave","who"\]}$""",
                (await ada.WaitForAsync(i + 1, cancellation))[i]);
        }
    }

    private Task<ChatClient> ConnectAsync(string query, CancellationToken cancellation) =>
        ChatClient.ConnectAsync(new Uri(local.Url + query), cancellation);

    private static string? Text(IReadOnlyList<string> frames, string member)
    {
        using var frame = JsonDocument.Parse(frames[^1]);
        return frame.RootElement.GetProperty(member).GetString();
    }
}
