using System.Text.Json;
using ChatEvents.Admin;
using ChatEvents.ConnectionRegistry;
using ChatEvents.Contracts;

namespace ChatEvents.ProtocolTests.Admin;

/// <summary>Looking at users, and keeping users and addresses out.</summary>
public sealed class UserVerbTests(EmulatorsFixture emulators) : AdminTestsWithGateway(emulators)
{
    private const string Nowhere = "http://127.0.0.1:9/local";

    [Fact(Timeout = 60_000)]
    public async Task Users_are_listed_with_their_numbers_of_connections()
    {
        await OpenAsync("a=", "ada", name: "Ada");
        await OpenAsync("b=", "ada", name: "Ada");
        await OpenAsync("c=", "auth0|17");
        await OpenAsync("d=", user: null);

        var listed = await Admin.RunAsync(TestContext.Current.CancellationToken, "users", "list", "--output", "json");

        using var json = JsonDocument.Parse(listed.Out);
        Assert.Equal(
            [("ada", "Ada", 2), ("auth0|17", null, 1)],
            json.RootElement.EnumerateArray().Select(user => (
                user.GetProperty("user").GetString()!,
                user.TryGetProperty("name", out var name) ? name.GetString() : null,
                user.GetProperty("connections").GetInt32())));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_user_is_shown_with_all_connections_and_the_ban()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("a=", "auth0|17", name: "Ada");
        await OpenAsync("b=", "auth0|17");
        await Admin.RunAsync(cancellation, "users", "ban", "auth0|17", "--reason", "spam", "--yes");

        using var shown = JsonDocument.Parse((await Admin.RunAsync(cancellation, "users", "show", "auth0|17", "-o", "json")).Out);

        Assert.Equal(["a=", "b="], shown.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetString()!).Order());
        Assert.Equal("spam", shown.RootElement.GetProperty("reason").GetString());
        Assert.Equal(
            new AdminOutput(ExitCode.Failed, "", "User eve is neither connected nor banned.\n"), await Admin.RunAsync(cancellation, "users", "show", "eve"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Disconnecting_a_user_ends_all_devices_and_nobody_elses()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (_, phone) = await Gateway.ConnectAsync();
        var (_, laptop) = await Gateway.ConnectAsync();
        var (_, other) = await Gateway.ConnectAsync();
        await OpenAsync(phone, "ada", endpoint: Gateway.CallbackEndpoint);
        await OpenAsync(laptop, "ada", endpoint: Gateway.CallbackEndpoint);
        await OpenAsync(other, "bob", endpoint: Gateway.CallbackEndpoint);

        var ended = await Admin.RunAsync(cancellation, "users", "disconnect", "ada", "--yes", "-o", "json");

        Assert.Equal("""{"disconnected":2,"goneAlready":0,"failed":0}""" + "\n", ended.Out);
        Assert.Contains("gone", (await Admin.RunAsync(cancellation, "connections", "show", phone)).Out, StringComparison.Ordinal);
        Assert.Contains("gone", (await Admin.RunAsync(cancellation, "connections", "show", laptop)).Out, StringComparison.Ordinal);
        Assert.Contains("open", (await Admin.RunAsync(cancellation, "connections", "show", other)).Out, StringComparison.Ordinal);
        Assert.Equal(
            new AdminOutput(ExitCode.Failed, "", "User eve is not connected.\n"), await Admin.RunAsync(cancellation, "users", "disconnect", "eve", "--yes"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_ban_has_an_end_and_can_be_lifted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Admin.RunAsync(cancellation, "users", "ban", "mallory", "--hours", "48", "--reason", "spam", "--yes");
        await Admin.RunAsync(cancellation, "addresses", "ban", "203.0.113.7", "--hours", "1", "--yes");
        await Admin.RunAsync(cancellation, "addresses", "ban", "2001:db8::99", "--yes");

        using var users = JsonDocument.Parse((await Admin.RunAsync(cancellation, "users", "list", "--banned", "-o", "json")).Out);
        var banned = Assert.Single(users.RootElement.EnumerateArray());
        Assert.Equal("mallory", banned.GetProperty("user").GetString());
        Assert.InRange(
            banned.GetProperty("bannedUntil").GetDateTimeOffset() - TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(47), TimeSpan.FromHours(48));
        using var addresses = JsonDocument.Parse((await Admin.RunAsync(cancellation, "addresses", "list", "-o", "json")).Out);
        Assert.Equal(
            ["2001:db8::/64", "203.0.113.7"],
            addresses.RootElement.EnumerateArray().Select(address => address.GetProperty("address").GetString()!).Order(StringComparer.Ordinal));
        var item = (await Admin.Tables.ItemsOfAsync(Admin.Tables.Names.Bans)).Single(item => item[Bans.Banned].S == "user#mallory");
        Assert.Equal(banned.GetProperty("bannedUntil").GetDateTimeOffset().ToUnixTimeSeconds(), long.Parse(item["ttl"].N));

        Assert.Equal(ExitCode.Done, (await Admin.RunAsync(cancellation, "users", "unban", "mallory")).ExitCode);
        Assert.Equal(ExitCode.Done, (await Admin.RunAsync(cancellation, "addresses", "unban", "2001:db8::1")).ExitCode);
        Assert.Equal(
            new AdminOutput(ExitCode.Failed, "", "User mallory is not banned.\n"), await Admin.RunAsync(cancellation, "users", "unban", "mallory"));
        Assert.Equal("No user is banned.\n", (await Admin.RunAsync(cancellation, "users", "list", "--banned")).Error);
    }

    [Fact(Timeout = 60_000)]
    public async Task Bans_of_moderators_are_shown_with_who_banned_and_the_operator_has_the_last_word()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var later = TimeProvider.System.GetUtcNow().AddMinutes(1);
        await Admin.Rows.Bans.TryReplaceAsync(
            new("user#mallory", later, later.AddHours(1), Reason: null) { By = "ada\u001b[2J" }, asRead: null, cancellation);
        await Admin.Rows.Bans.TryReplaceAsync(
            new("address#203.0.113.7", later, later.AddHours(1), Reason: null) { By = "ada", Guest = "guest-abc234" }, asRead: null, cancellation);

        Assert.Contains(@"banned by:     ada\u001B[2J", (await Admin.RunAsync(cancellation, "users", "show", "mallory")).Lines);
        using var addresses = JsonDocument.Parse((await Admin.RunAsync(cancellation, "addresses", "list", "-o", "json")).Out);
        var address = Assert.Single(addresses.RootElement.EnumerateArray());
        Assert.Equal(("ada", "guest-abc234"), (address.GetProperty("bannedBy").GetString(), address.GetProperty("guest").GetString()));

        // Although the clock of the moderator's machine is ahead.
        Assert.Equal(ExitCode.Done, (await Admin.RunAsync(cancellation, "users", "unban", "mallory")).ExitCode);
        Assert.Equal(ExitCode.Done, (await Admin.RunAsync(cancellation, "addresses", "unban", "203.0.113.7")).ExitCode);
        Assert.Equal("No user is banned.\n", (await Admin.RunAsync(cancellation, "users", "list", "--banned")).Error);
        Assert.Equal("No address is banned.\n", (await Admin.RunAsync(cancellation, "addresses", "list")).Error);
        await Admin.RunAsync(cancellation, "users", "ban", "mallory", "--yes");
        Assert.DoesNotContain("banned by", (await Admin.RunAsync(cancellation, "users", "show", "mallory")).Out, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_banned_address_loses_its_connections()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (_, here) = await Gateway.ConnectAsync();
        var (_, there) = await Gateway.ConnectAsync();
        await OpenAsync(here, user: null, endpoint: Gateway.CallbackEndpoint, address: "203.0.113.7");
        await OpenAsync(there, user: null, endpoint: Gateway.CallbackEndpoint, address: "203.0.113.8");

        var ended = await Admin.RunAsync(cancellation, "addresses", "ban", "203.0.113.7", "--yes", "-o", "json");

        Assert.Equal("""{"disconnected":1,"goneAlready":0,"failed":0}""" + "\n", ended.Out);
        Assert.Contains("open", (await Admin.RunAsync(cancellation, "connections", "show", there)).Out, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("'localhost' is no IP address.", "addresses", "ban", "localhost")]
    [InlineData("--hours must be a number from 1 to 87600, but is '0'.", "users", "ban", "ada", "--hours", "0")]
    [InlineData("--user must be 1 to 128 visible characters.", "token", "--user", "a\u0007")]
    [InlineData("--hours must be a number from 1 to 720, but is 'x'.", "token", "--user", "ada", "--hours", "x")]
    public async Task What_cannot_be_is_said_in_one_sentence(string sentence, params string[] verb) =>
        Assert.Equal(new AdminOutput(ExitCode.Failed, "", sentence + "\n"), await Admin.RunAsync(TestContext.Current.CancellationToken, verb));

    [Fact(Timeout = 60_000)]
    public async Task A_token_is_made_only_where_its_secret_is()
    {
        var output = await Admin.RunAsync(TestContext.Current.CancellationToken, "token", "--user", "ada");

        Assert.Equal(ExitCode.Failed, output.ExitCode);
        Assert.StartsWith("A token is made where the secret is: paste the export line", output.Error, StringComparison.Ordinal);
    }

    private Task<EntryOutcome> OpenAsync(
        string connectionId, string? user, string? name = null, string endpoint = Nowhere, string? address = null) =>
        Admin.Registry.OpenAsync(
            new()
            {
                ConnectionId = connectionId,
                ConnectedAt = TimeProvider.System.GetUtcNow().AddMinutes(-5),
                CallbackEndpoint = endpoint,
                User = user,
                Name = name,
                SourceAddress = address,
            },
            Cancellation);
}
