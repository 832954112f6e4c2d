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
[Collection<OneSystemOfUsers>]
public sealed partial class UserTests(RequiredTokens local)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Two_users_with_three_devices_each_talk_in_a_room_and_directly()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else, who saw the tokens.");
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        var blue = new Uri($"{local.Url}?room=blue");
        var (ada, bob) = (await PrintedTokenAsync("ada"), await PrintedTokenAsync("bob"));
        await using var ada1 = await Wscat.ConnectAsync(blue, cancellation, "-H", $"Authorization: Bearer {ada}");
        await using var ada2 = await Wscat.ConnectAsync(blue, cancellation, "-s", "chatevents.plain", "-s", $"bearer.{ada}");
        await using var ada3 = await ChatClient.ConnectAsync(new Uri($"{blue}&access_token={ada}"), cancellation);
        await using var bob1 = await Wscat.ConnectAsync(blue, cancellation, "-H", $"Authorization: Bearer {bob}");
        await using var bob2 = await Wscat.ConnectAsync(blue, cancellation, "-s", "chatevents.plain", "-s", $"bearer.{bob}");
        await using var bob3 = await ChatClient.ConnectAsync(new Uri($"{blue}&access_token={bob}"), cancellation);
        await using var cyd = await ChatClient.ConnectAsync(local.Url, cancellation, As((await local.RunAdminAsync("token", "--user", "cyd"))[0]));
        await local.Servers.UntilRegisteredAsync(7, cancellation);

        await ada1.TypeAsync("""{"action":"onMessage","room":"blue","message":"Hello blue","user":"mallory","from":"mallory"}""");
        await bob2.WaitForAsync(1, cancellation);
        await bob2.TypeAsync("""{"action":"onMessage","to":"ada","message":"Hello Ada"}""");
        await ada3.WaitForAsync(2, cancellation);
        await ada2.TypeAsync("""{"action":"onMessage","to":"bob","message":"Hello Bob"}""");

        string[] heardByAda = ["Ada in blue: Hello blue", "Bob in @ada: Hello Ada", "Ada in @ada: Hello Bob"];
        string[] heardByBob = ["Ada in blue: Hello blue", "Bob in @bob: Hello Ada", "Ada in @bob: Hello Bob"];
        Assert.Equal(heardByAda, await ada1.WaitForAsync(3, cancellation));
        Assert.Equal(heardByAda, await ada2.WaitForAsync(3, cancellation));
        Assert.Equal(heardByAda, await ada3.WaitForAsync(3, cancellation));
        Assert.Equal(heardByBob, await bob1.WaitForAsync(3, cancellation));
        Assert.Equal(heardByBob, await bob2.WaitForAsync(3, cancellation));
        Assert.Equal(heardByBob, await bob3.WaitForAsync(3, cancellation));

        // What comes last over another connection has been heard, so that all that was sent before would have been.
        await cyd.SendAsync("""{"action":"onMessage","to":"cyd","message":"Note"}""", cancellation);
        await cyd.WaitForAsync(1, cancellation);
        Assert.Equal(["cyd in @cyd: Note"], cyd.Received());
    }

    [Fact(Timeout = 120_000)]
    public async Task A_user_hears_on_twenty_devices_also_with_an_id_that_no_room_could_be_named_by()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        var fay = (await local.RunAdminAsync("token", "--user", "auth0|fay"))[0];
        var gus = (await local.RunAdminAsync("token", "--user", "gus", "--post", "@*"))[0];
        var devices = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ChatClient.ConnectAsync(local.Url, cancellation, As(fay))));
        await using var sender = await ChatClient.ConnectAsync(local.Url, cancellation, As(gus));
        await local.Servers.UntilRegisteredAsync(21, cancellation);

        await sender.SendAsync("""{"action":"onMessage","to":"auth0|fay","message":"Hi"}""", cancellation);

        var heard = new List<string>();
        foreach (var device in devices)
        {
            heard.Add(Assert.Single(await device.WaitForAsync(1, cancellation)));
            await device.DisposeAsync();
        }

        Assert.EndsWith(": Hi", Assert.Single(heard.Distinct()), StringComparison.Ordinal);
        Assert.Single(await sender.WaitForAsync(1, cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task Who_has_no_token_or_a_wrong_one_is_refused_with_401()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        var now = TimeProvider.System.GetUtcNow();
        var variables = await local.PrintedVariablesAsync(cancellation);
        var right = new SecretToken { User = "ada", Audience = variables["AUTH_AUDIENCE"]!, IssuedAt = now, ExpiresAt = now.AddHours(1) };
        var secret = variables["AUTH_SECRET"]!;

        Assert.Equal(HttpStatusCode.Unauthorized, await ChatClient.RefusalAsync(local.Url, cancellation));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync("x.y.z"));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync(right.Sign($"not {secret}")));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync((right with { Audience = "other" }).Sign(secret)));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync((right with { ExpiresAt = now.AddSeconds(-90) }).Sign(secret)));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync((right with { User = "" }).Sign(secret)));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefusalAsync($"eyJhbGciOiJub25lIn0.{right.Sign(secret).Split('.')[1]}."));
        await using var client = await ChatClient.ConnectAsync(local.Url, cancellation, As(right.Sign(secret)));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_token_opens_the_rooms_that_it_names_and_no_other()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        var token = (await local.RunAdminAsync("token", "--user", "dan", "--join", "blue", "--post", "blue", "--hours", "1"))[0];

        Assert.Equal(
            HttpStatusCode.Forbidden, await ChatClient.RefusalAsync(new Uri($"{local.Url}?room=red"), cancellation, As(token)));
        await using var dan = await ChatClient.ConnectAsync(new Uri($"{local.Url}?room=blue"), cancellation, As(token));
        await dan.SendAsync("""{"action":"join","room":"red"}""", cancellation);
        await dan.WaitForAsync(1, cancellation);
        await dan.SendAsync("""{"action":"onMessage","to":"ada","message":"hi"}""", cancellation);

        var heard = await dan.WaitForAsync(2, cancellation);
        Assert.Contains("You may not join the room", heard[0], StringComparison.Ordinal);
        Assert.Contains("You may not write to the user", heard[1], StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_connection_ends_soon_after_its_token_and_is_told_why()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        var now = TimeProvider.System.GetUtcNow();
        var variables = await local.PrintedVariablesAsync(cancellation);
        var token = new SecretToken { User = "eve", Audience = variables["AUTH_AUDIENCE"]!, IssuedAt = now, ExpiresAt = now.AddSeconds(5) };

        await using var eve = await ChatClient.ConnectAsync(local.Url, cancellation, As(token.Sign(variables["AUTH_SECRET"]!)));

        Assert.Equal(["""{"error":"Your token is over; connect again with a new one."}"""], await eve.WaitForAsync(1, cancellation));
        await eve.Ended;
        Assert.Equal(WebSocketCloseStatus.NormalClosure, eve.ClosedBySystem);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_banned_user_is_out_and_stays_out_until_the_ban_is_lifted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        var token = (await local.RunAdminAsync("token", "--user", "mallory", "--name", "Mallory"))[0];
        await using var phone = await ChatClient.ConnectAsync(local.Url, cancellation, As(token));
        await using var laptop = await ChatClient.ConnectAsync(local.Url, cancellation, As(token));
        await PostAndHearAsync(phone, "mallory");
        await PostAndHearAsync(laptop, "mallory");

        await local.RunAdminAsync("users", "ban", "mallory", "--hours", "1", "--reason", "spam", "--yes");

        await Task.WhenAll(phone.Ended, laptop.Ended);
        Assert.StartsWith("""{"error":"You are banned until """, phone.Received()[^1], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await RefusalAsync(token));
        Assert.Contains(await local.RunAdminAsync("users", "show", "mallory"), line => line.EndsWith("spam", StringComparison.Ordinal));

        await local.RunAdminAsync("users", "unban", "mallory");
        await using var back = await ChatClient.ConnectAsync(local.Url, cancellation, As(token));
    }

    [Fact(Timeout = 180_000)]
    public async Task A_moderator_keeps_a_user_out_and_nobody_else_can()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        var carl = (await local.RunAdminAsync("token", "--user", "carl"))[0];
        await using var moderator = await ChatClient.ConnectAsync(
            local.Url, cancellation, As((await local.RunAdminAsync("token", "--user", "mona", "--role", "moderator"))[0]));
        await using var phone = await ChatClient.ConnectAsync(local.Url, cancellation, As(carl));
        await using var laptop = await ChatClient.ConnectAsync(local.Url, cancellation, As(carl));
        await PostAndHearAsync(moderator, "mona");
        await PostAndHearAsync(phone, "carl");
        await PostAndHearAsync(laptop, "carl");

        await phone.SendAsync("""{"action":"ban","user":"mona","role":"moderator"}""", cancellation);
        await phone.UntilAsync(frames => frames.Any(IsRefusal), cancellation);
        await moderator.SendAsync("""{"action":"ban","user":"carl","minutes":60}""", cancellation);

        await Task.WhenAll(phone.Ended, laptop.Ended);
        Assert.StartsWith("""{"error":"You are banned until """, phone.Received()[^1], StringComparison.Ordinal);
        Assert.StartsWith("""{"error":"You are banned until """, laptop.Received()[^1], StringComparison.Ordinal);
        Assert.Matches("""^{"banned":"carl","until":"[^"]+","connections":2,"requestId":"[^"]+"}$""", (await moderator.WaitForAsync(2, cancellation))[1]);
        Assert.Equal(HttpStatusCode.Forbidden, await RefusalAsync(carl));
        var shown = await local.RunAdminAsync("users", "show", "carl");
        Assert.Contains(shown, line => line.StartsWith("banned until: ", StringComparison.Ordinal));
        Assert.Contains(shown, line => line.StartsWith("banned by: ", StringComparison.Ordinal) && line.EndsWith(" mona", StringComparison.Ordinal));

        await moderator.SendAsync("""{"action":"unban","user":"carl"}""", cancellation);
        Assert.StartsWith("""{"unbanned":"carl",""", (await moderator.WaitForAsync(3, cancellation))[2], StringComparison.Ordinal);
        await using var back = await ChatClient.ConnectAsync(local.Url, cancellation, As(carl));

        static bool IsRefusal(string frame) => frame.StartsWith("""{"error":"Only a moderator can ban somebody.",""", StringComparison.Ordinal);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_connection_belongs_to_the_user_whose_token_opened_it_whatever_it_sends_later()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        var (fay, gus) = ((await local.RunAdminAsync("token", "--user", "fay"))[0], (await local.RunAdminAsync("token", "--user", "gus"))[0]);
        await using (var before = await ChatClient.ConnectAsync(local.Url, cancellation, As(fay))) await PostAndHearAsync(before, "fay");

        // The next connection of the same program is somebody else's, and shows the token of the one before where no token counts any more.
        await using var client = await ChatClient.ConnectAsync(
            new Uri($"{local.Url}?access_token={fay}"), cancellation, As(gus));
        await PostAndHearAsync(client, "gus");
        await client.SendAsync(
            $$"""{"action":"onMessage","to":"gus","message":"Who am I?","access_token":"{{fay}}","Authorization":"Bearer {{fay}}","user":"fay"}""", cancellation);

        Assert.Equal(["gus in @gus: here", "gus in @gus: Who am I?"], await client.WaitForAsync(2, cancellation));
        await using var again = await ChatClient.ConnectAsync(local.Url, cancellation, As(fay));
        await PostAndHearAsync(again, "fay");
        Assert.Equal(["fay in @fay: here"], again.Received());
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
