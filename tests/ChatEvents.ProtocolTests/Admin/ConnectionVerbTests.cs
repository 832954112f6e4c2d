using System.Net.WebSockets;
using System.Text.Json;
using ChatEvents.Admin;

namespace ChatEvents.ProtocolTests.Admin;

/// <summary>Looking at connections and rooms, and ending them.</summary>
public sealed class ConnectionVerbTests(EmulatorsFixture emulators) : AdminTestsWithGateway(emulators)
{
    private const string Nowhere = "http://127.0.0.1:9/local";

    [Fact(Timeout = 60_000)]
    public async Task Connections_are_listed_with_their_rooms_and_counted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Admin.OpenAsync("Qv7kLd3mIAMCJw8=", Nowhere, "ada", "blue", "red");
        await Admin.OpenAsync("A-b9_xYzoAMCK1g=", Nowhere, "bob", "blue");

        var all = await Admin.RunAsync(cancellation, "connections", "list");
        var blue = await Admin.RunAsync(cancellation, "connections", "list", "--room", "red");
        var bob = await Admin.RunAsync(cancellation, "connections", "list", "--user", "bob");

        Assert.Equal((ExitCode.Done, ""), (all.ExitCode, all.Error));
        Assert.StartsWith("CONNECTION", all.Lines[0], StringComparison.Ordinal);
        Assert.Contains(all.Lines, line => line.StartsWith("Qv7kLd3mIAMCJw8=", StringComparison.Ordinal) && line.EndsWith("everyone, blue, red", StringComparison.Ordinal));
        Assert.Equal(3, all.Lines.Length);
        Assert.StartsWith("Qv7kLd3mIAMCJw8=", Assert.Single(blue.Lines[1..]), StringComparison.Ordinal);
        Assert.StartsWith("A-b9_xYzoAMCK1g=", Assert.Single(bob.Lines[1..]), StringComparison.Ordinal);
        Assert.Equal("2\n", (await Admin.RunAsync(cancellation, "connections", "count")).Out);
        Assert.Equal("1\n", (await Admin.RunAsync(cancellation, "connections", "count", "--room", "red")).Out);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_others_wrote_is_seen_and_not_obeyed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Admin.OpenAsync("a=", Nowhere, "ada\u001b[2J\r\n\u202eadmin");

        var table = await Admin.RunAsync(cancellation, "connections", "list");
        var json = await Admin.RunAsync(cancellation, "connections", "list", "--output", "json");

        // No user has such an id, so nothing is listed; the row is told of by its id.
        Assert.DoesNotContain("a=", table.Out, StringComparison.Ordinal);
        Assert.Contains("makes no sense and is skipped", table.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(table.Out + table.Error + json.Out, c => (char.IsControl(c) && c != '\n') || c == '\u202e');
    }

    [Fact(Timeout = 60_000)]
    public async Task Rooms_are_listed_with_their_numbers_of_members()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Admin.OpenAsync("a=", Nowhere, null, "blue", "red");
        await Admin.OpenAsync("b=", Nowhere, null, "blue");

        var rooms = await Admin.RunAsync(cancellation, "rooms", "list", "--output", "json");

        using var json = JsonDocument.Parse(rooms.Out);
        Assert.Equal(
            [("blue", 2), ("everyone", 2), ("red", 1)],
            json.RootElement.EnumerateArray().Select(room => (room.GetProperty("room").GetString()!, room.GetProperty("members").GetInt32())));
        Assert.Equal("""{"count":3}""" + "\n", (await Admin.RunAsync(cancellation, "rooms", "count", "-o", "json")).Out);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("No connection is open.", "connections", "list")]
    [InlineData("No connection is in room blue.", "connections", "list", "--room", "blue")]
    [InlineData("No connection of user ada is open.", "connections", "list", "--user", "ada")]
    [InlineData("No connection of user ada is in room blue.", "connections", "list", "--room", "blue", "--user", "ada")]
    [InlineData("Nobody is in any room.", "rooms", "list")]
    [InlineData("There are no dead letters.", "dead-letters", "list")]
    public async Task Where_there_is_nothing_to_list_people_are_told_so(string sentence, params string[] verb) =>
        Assert.Equal(new AdminOutput(ExitCode.Done, "", sentence + "\n"), await Admin.RunAsync(TestContext.Current.CancellationToken, verb));

    [Fact(Timeout = 60_000)]
    public async Task For_programs_a_table_without_rows_is_an_empty_array_and_nothing_else()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(new AdminOutput(ExitCode.Done, "[]\n", ""), await Admin.RunAsync(cancellation, "connections", "list", "--output", "json"));
        Assert.Equal("0\n", (await Admin.RunAsync(cancellation, "connections", "count")).Out);
    }

    [Fact(Timeout = 60_000)]
    public async Task Rows_that_have_expired_are_left_out()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var opened = AdminUnderTest.OpenedLongAgo("a=", Nowhere);
        await Admin.Rows.Connections.TryAddAsync(
            ConnectionRegistry.Merging.RowFrom(opened) with { ConnectedAt = opened.ConnectedAt - TimeSpan.FromHours(3) }, cancellation);

        Assert.Equal("0\n", (await Admin.RunAsync(cancellation, "connections", "count")).Out);
        Assert.Equal(ExitCode.Failed, (await Admin.RunAsync(cancellation, "connections", "show", "a=")).ExitCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task One_connection_is_shown_with_what_the_gateway_says_of_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (_, open) = await Gateway.ConnectAsync();
        await Admin.OpenAsync(open, Gateway.CallbackEndpoint, "ada");
        await Admin.OpenAsync("Qv7kLd3mIAMCJw8=", Gateway.CallbackEndpoint);
        await Admin.OpenAsync("A-b9_xYzoAMCK1g=", Nowhere);

        using var shown = JsonDocument.Parse((await Admin.RunAsync(cancellation, "connections", "show", open, "--output", "json")).Out);

        Assert.Equal("open", shown.RootElement.GetProperty("atGateway").GetString());
        Assert.Equal("ada", shown.RootElement.GetProperty("user").GetString());
        Assert.True(shown.RootElement.TryGetProperty("lastActiveAt", out _));
        Assert.Contains("gone", (await Admin.RunAsync(cancellation, "connections", "show", "Qv7kLd3mIAMCJw8=")).Out, StringComparison.Ordinal);
        Assert.Contains("not known", (await Admin.RunAsync(cancellation, "connections", "show", "A-b9_xYzoAMCK1g=")).Out, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_is_disconnected_when_the_operator_says_yes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (client, id) = await Gateway.ConnectAsync();
        await Admin.OpenAsync(id, Gateway.CallbackEndpoint);

        var refused = await Admin.RunAsync(cancellation, "connections", "disconnect", id);
        var declined = await Admin.RunAsync("n\n", ["connections", "disconnect", id], cancellation);
        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("--yes", refused.Error, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Failed, $"Disconnect {id}? [y/N] Nothing was done.\n"), (declined.ExitCode, declined.Error));
        Assert.Equal(WebSocketState.Open, client.State);

        var done = await Admin.RunAsync("y\n", ["connections", "disconnect", id], cancellation);

        Assert.Equal(ExitCode.Done, done.ExitCode);
        Assert.Equal(WebSocketMessageType.Close, (await client.ReceiveAsync(new byte[16], cancellation)).MessageType);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_room_is_disconnected_and_nobody_else()
    {
        var (blue1, id1) = await Gateway.ConnectAsync();
        var (blue2, id2) = await Gateway.ConnectAsync();
        var (other, id3) = await Gateway.ConnectAsync();
        await Admin.OpenAsync(id1, Gateway.CallbackEndpoint, null, "blue");
        await Admin.OpenAsync(id2, Gateway.CallbackEndpoint, null, "blue");
        await Admin.OpenAsync(id3, Gateway.CallbackEndpoint);
        await Admin.OpenAsync("Qv7kLd3mIAMCJw8=", Gateway.CallbackEndpoint, null, "blue");

        var done = await Admin.RunAsync(TestContext.Current.CancellationToken, "rooms", "disconnect", "blue", "--yes", "--output", "json");

        Assert.Equal("""{"disconnected":2,"goneAlready":1,"failed":0}""" + "\n", done.Out);
        Assert.Equal(ExitCode.Done, done.ExitCode);
        foreach (var client in (ClientWebSocket[])[blue1, blue2])
            Assert.Equal(WebSocketMessageType.Close, (await client.ReceiveAsync(new byte[16], Cancellation)).MessageType);
        await other.SendAsync("x"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
        Assert.Equal(WebSocketMessageType.Text, (await other.ReceiveAsync(new byte[1024], Cancellation)).MessageType);
    }

    [Fact(Timeout = 60_000)]
    public async Task Where_the_gateway_does_not_answer_a_disconnect_fails_and_says_so()
    {
        await Admin.OpenAsync("Qv7kLd3mIAMCJw8=", Nowhere);

        var failed = await Admin.RunAsync(TestContext.Current.CancellationToken, "connections", "disconnect", "Qv7kLd3mIAMCJw8=", "--yes");

        Assert.Equal(ExitCode.Failed, failed.ExitCode);
        Assert.Contains("Not disconnected: Qv7kLd3mIAMCJw8=:", failed.Error, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("There is no open connection", "connections", "show", "Qv7kLd3mIAMCJw8=")]
    [InlineData("There is no open connection", "connections", "disconnect", "Qv7kLd3mIAMCJw8=", "--yes")]
    [InlineData("Nobody is in room blue.", "rooms", "disconnect", "blue", "--yes")]
    [InlineData("A table does not exist there", "connections", "list", "--connections-table", "no-such-table")]
    [InlineData("A table does not exist there", "rooms", "list", "--rooms-table", "no-such-table")]
    [InlineData("A queue does not exist there", "dead-letters", "list", "--messages-queue", "no-such-queue.fifo")]
    public async Task What_is_not_there_is_said_in_one_sentence(string sentence, params string[] args)
    {
        var failed = await Admin.RunAsync(TestContext.Current.CancellationToken, args);

        Assert.Equal(ExitCode.Failed, failed.ExitCode);
        Assert.StartsWith(sentence, Assert.Single(failed.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
