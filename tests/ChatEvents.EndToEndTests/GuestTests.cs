using System.Net;

namespace ChatEvents.EndToEndTests;

/// <summary>The local system with <c>--auth optional</c>, and an issuer that cannot be reached.</summary>
public sealed class OptionalTokens : LocalSystemFixture
{
    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["AUTH_MODE"] = "optional",
        ["AUTH_ISSUER"] = "http://127.0.0.1:1/issuer",
        ["FanOut__Template"] = "{user}: {message}",
    };
}

public sealed class GuestTests(OptionalTokens local) : IClassFixture<OptionalTokens>
{
    [Fact(Timeout = 180_000)]
    public async Task A_guest_keeps_its_name_over_connections_and_others_see_no_id_of_a_connection()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        var named = new Uri($"{local.Url}?client=Client-0123456789");
        string first;
        await using (var guest = await ChatClient.ConnectAsync(named, cancellation))
        {
            await local.Servers.UntilRegisteredAsync(1, cancellation);
            await guest.PostAsync("hi", cancellation);
            first = (await guest.WaitForAsync(1, cancellation))[0];
        }

        await local.Servers.UntilRegisteredAsync(0, cancellation);
        await using var again = await ChatClient.ConnectAsync(named, cancellation);
        await using var other = await ChatClient.ConnectAsync(local.Url, cancellation);
        await local.Servers.UntilRegisteredAsync(2, cancellation);
        await again.PostAsync("hi", cancellation);
        Assert.Equal(first, (await other.WaitForAsync(1, cancellation))[0]);
        await other.SendAsync("""{"action":"who"}""", cancellation);

        var who = (await other.WaitForAsync(2, cancellation))[1];
        Assert.Matches("^guest-[a-z2-7]{6}: hi$", first);
        Assert.Contains($$"""{"guest":"{{first.Split(':')[0]}}","connections":1}""", who, StringComparison.Ordinal);
        Assert.DoesNotContain("connectionId", who, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_token_that_nobody_can_check_is_500_and_none_is_no_matter()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");

        // A token of the right shape: nobody knows whether it is right, and nobody is told that it is wrong.
        const string Token = "eyJhbGciOiJSUzI1NiIsImtpZCI6Im9uZSJ9.e30.AAAA";

        Assert.Equal(HttpStatusCode.InternalServerError, await ChatClient.RefusalAsync(
            local.Url, cancellation, options => options.SetRequestHeader("Authorization", $"Bearer {Token}")));
        await local.Process!.WaitForLineAsync(new("The issuer http://127.0.0.1:1/issuer cannot be reached: "), cancellation);
        await using var guest = await ChatClient.ConnectAsync(local.Url, cancellation);
    }
}
