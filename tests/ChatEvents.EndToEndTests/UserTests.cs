using System.Net;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using ChatEvents.Contracts;

namespace ChatEvents.EndToEndTests;

/// <summary>The local system with <c>--auth required</c>, by a variable instead, and a template that shows who speaks.</summary>
public sealed class RequiredTokens : LocalSystemFixture
{
    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["AUTH_MODE"] = "required",
        ["FanOut__Template"] = "{user} in {room}: {message}",
        ["Registry__Sweep__EndingInterval"] = "00:00:01",
    };
}

/// <summary>Users with tokens, as people use them: the lines that the system prints, <c>wscat</c>, and the operator's tool.</summary>
public sealed partial class UserTests(RequiredTokens local) : IClassFixture<RequiredTokens>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Two_users_with_three_devices_each_talk_in_a_room_and_directly()
    {
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else, who saw the tokens.");
        await local.Servers.UntilRegisteredAsync(0, Cancellation);
        var blue = new Uri($"{local.Url}?room=blue");
        var (ada, bob) = (await PrintedTokenAsync("ada"), await PrintedTokenAsync("bob"));
        await using var ada1 = await Wscat.ConnectAsync(blue, Cancellation, "-H", $"Authorization: Bearer {ada}");
        await using var ada2 = await Wscat.ConnectAsync(blue, Cancellation, "-s", "chatevents.plain", "-s", $"bearer.{ada}");
        await using var ada3 = await ChatClient.ConnectAsync(new Uri($"{blue}&access_token={ada}"), Cancellation);
        await using var bob1 = await Wscat.ConnectAsync(blue, Cancellation, "-H", $"Authorization: Bearer {bob}");
        await using var bob2 = await Wscat.ConnectAsync(blue, Cancellation, "-s", "chatevents.plain", "-s", $"bearer.{bob}");
        await using var bob3 = await ChatClient.ConnectAsync(new Uri($"{blue}&access_token={bob}"), Cancellation);
        await using var cyd = await ChatClient.ConnectAsync(local.Url, Cancellation, As((await local.RunAdminAsync("token", "--user", "cyd"))[0]));
        await local.Servers.UntilRegisteredAsync(7, Cancellation);

        await ada1.TypeAsync("""{"action":"onMessage","room":"blue","message":"Hello blue","user":"mallory","from":"mallory"}""");
        await bob2.WaitForAsync(1, Cancellation);
        await bob2.TypeAsync("""{"action":"onMessage","to":"ada","message":"Hello Ada"}""");
        await ada3.WaitForAsync(2, Cancellation);
        await ada2.TypeAsync("""{"action":"onMessage","to":"bob","message":"Hello Bob"}""");

        string[] heardByAda = ["Ada in blue: Hello blue", "Bob in @ada: Hello Ada", "Ada in @ada: Hello Bob"];
        string[] heardByBob = ["Ada in blue: Hello blue", "Bob in @bob: Hello Ada", "Ada in @bob: Hello Bob"];
        Assert.Equal(heardByAda, await ada1.WaitForAsync(3, Cancellation));
        Assert.Equal(heardByAda, await ada2.WaitForAsync(3, Cancellation));
        Assert.Equal(heardByAda, await ada3.WaitForAsync(3, Cancellation));
        Assert.Equal(heardByBob, await bob1.WaitForAsync(3, Cancellation));
        Assert.Equal(heardByBob, await bob2.WaitForAsync(3, Cancellation));
        Assert.Equal(heardByBob, await bob3.WaitForAsync(3, Cancellation));

        // What comes last over another connection has been heard, so that all that was sent before would have been.
        await cyd.SendAsync("""{"action":"onMessage","to":"cyd","message":"Note"}""", Cancellation);
        await cyd.WaitForAsync(1, Cancellation);
        Assert.Equal(["cyd in @cyd: Note"], cyd.Received());
    }

    [Fact(Timeout = 120_000)]
    public async Task Who_has_no_token_or_a_wrong_one_is_refused_with_401()
    {
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        var now = TimeProvider.System.GetUtcNow();
        var variables = await local.PrintedVariablesAsync(Cancellation);
        var right = new SecretToken { User = "ada", Audience = variables["AUTH_AUDIENCE"]!, IssuedAt = now, ExpiresAt = now.AddHours(1) };
        var secret = variables["AUTH_SECRET"]!;

        Assert.Equal(HttpStatusCode.Unauthorized, await ChatClient.RefusalAsync(local.Url, Cancellation));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync("x.y.z"));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync(right.Sign($"not {secret}")));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync((right with { Audience = "other" }).Sign(secret)));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync((right with { ExpiresAt = now.AddSeconds(-90) }).Sign(secret)));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync((right with { User = "" }).Sign(secret)));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync($"eyJhbGciOiJub25lIn0.{right.Sign(secret).Split('.')[1]}."));
        await using var client = await ChatClient.ConnectAsync(local.Url, Cancellation, As(right.Sign(secret)));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_token_opens_the_rooms_that_it_names_and_no_other()
    {
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        var token = (await local.RunAdminAsync("token", "--user", "dan", "--join", "blue", "--post", "blue", "--hours", "1"))[0];

        Assert.Equal(
            HttpStatusCode.Forbidden, await ChatClient.RefusalAsync(new Uri($"{local.Url}?room=red"), Cancellation, As(token)));
        await using var dan = await ChatClient.ConnectAsync(new Uri($"{local.Url}?room=blue"), Cancellation, As(token));
        await dan.SendAsync("""{"action":"join","room":"red"}""", Cancellation);
        await dan.WaitForAsync(1, Cancellation);
        await dan.SendAsync("""{"action":"onMessage","to":"ada","message":"hi"}""", Cancellation);

        var heard = await dan.WaitForAsync(2, Cancellation);
        Assert.Contains("You may not join the room", heard[0], StringComparison.Ordinal);
        Assert.Contains("You may not write to the user", heard[1], StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_connection_ends_soon_after_its_token_and_is_told_why()
    {
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        var now = TimeProvider.System.GetUtcNow();
        var variables = await local.PrintedVariablesAsync(Cancellation);
        var token = new SecretToken { User = "eve", Audience = variables["AUTH_AUDIENCE"]!, IssuedAt = now, ExpiresAt = now.AddSeconds(5) };

        await using var eve = await ChatClient.ConnectAsync(local.Url, Cancellation, As(token.Sign(variables["AUTH_SECRET"]!)));

        Assert.Equal(["""{"error":"Your token is over; connect again with a new one."}"""], await eve.WaitForAsync(1, Cancellation));
        await eve.Ended;
        Assert.Equal(WebSocketCloseStatus.NormalClosure, eve.ClosedBySystem);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_banned_user_is_out_and_stays_out_until_the_ban_is_lifted()
    {
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        var token = (await local.RunAdminAsync("token", "--user", "mallory", "--name", "Mallory"))[0];
        await using var phone = await ChatClient.ConnectAsync(local.Url, Cancellation, As(token));
        await using var laptop = await ChatClient.ConnectAsync(local.Url, Cancellation, As(token));
        await PostAndHearAsync(phone, "mallory");
        await PostAndHearAsync(laptop, "mallory");

        await local.RunAdminAsync("users", "ban", "mallory", "--hours", "1", "--reason", "spam", "--yes");

        await Task.WhenAll(phone.Ended, laptop.Ended);
        Assert.StartsWith("""{"error":"You are banned until """, phone.Received()[^1], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await RefusalAsync(token));
        Assert.Contains(await local.RunAdminAsync("users", "show", "mallory"), line => line.EndsWith("spam", StringComparison.Ordinal));

        await local.RunAdminAsync("users", "unban", "mallory");
        await using var back = await ChatClient.ConnectAsync(local.Url, Cancellation, As(token));
    }

    private static Action<ClientWebSocketOptions> As(string token) =>
        options => options.SetRequestHeader("Authorization", $"Bearer {token}");

    /// <summary>Waits until the registry knows the connection: then it hears what it writes to itself.</summary>
    private static async Task PostAndHearAsync(ChatClient client, string user)
    {
        await client.SendAsync($$"""{"action":"onMessage","to":"{{user}}","message":"here"}""", Cancellation);
        await client.WaitForAsync(1, Cancellation);
    }

    private Task<HttpStatusCode> RefusalAsync(string token) => ChatClient.RefusalAsync(local.Url, Cancellation, As(token));

    private async Task<string> PrintedTokenAsync(string user)
    {
        var line = await local.Process!.WaitForLineAsync(new Regex($"^  {user}'s token: "), Cancellation);
        var token = line.Split(' ')[^1];
        var lines = local.Process.Lines();
        Assert.Contains($"  npx wscat -c {local.Url} -H \"Authorization: Bearer {token}\"", lines);
        Assert.Contains($"  npx wscat -c {local.Url} -s chatevents.plain -s bearer.{token}", lines);
        return token;
    }
}
