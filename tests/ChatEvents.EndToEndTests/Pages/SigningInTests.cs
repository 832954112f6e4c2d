using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChatEvents.Testing;
using Microsoft.Playwright;

namespace ChatEvents.EndToEndTests.Pages;

/// <summary>The page as a program of its own, as in containers, with a provider that people sign in at.</summary>
[Collection(nameof(PageCollection))]
public sealed partial class SigningInTests(PageFixture system)
{
    private const string Provider = "https://login.example.com";

    [Fact(Timeout = 120_000)]
    public async Task People_sign_in_at_the_provider_and_come_back()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var program = ChildProcess.StartProgram("ChatEvents.Page", new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["CHAT_URL"] = $"{system.Url}",
            ["AUTH_MODE"] = "required",
            ["AUTH_ISSUER"] = Provider,
            ["AUTH_AUDIENCE"] = "chat",
            ["AUTH_CLIENT_ID"] = "page",
            ["AUTH_SIGN_IN_ORIGINS"] = "",
        });
        var url = new Uri(ListeningLine().Match(await program.WaitForLineAsync(ListeningLine(), cancellation)).Groups["url"].Value);
        await using var hal = await system.VisitAsync();
        var (token, nonce) = (await system.TokenAsync("hal", "Hal"), "");
        await hal.Page.RouteAsync($"{Provider}/**", route => new Uri(route.Request.Url).AbsolutePath switch
        {
            "/.well-known/openid-configuration" => AnswerAsync(route, new
            {
                issuer = Provider,
                authorization_endpoint = $"{Provider}/authorize",
                token_endpoint = $"{Provider}/token",
            }),
            "/token" => AnswerAsync(route, new { id_token = $"e30.{Base64($$"""{"sub":"hal","nonce":"{{nonce}}"}""")}.", access_token = token }),
            _ => SendBackAsync(route),
        });

        await hal.Page.GotoAsync(url.ToString());
        await hal.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

        await hal.UntilConnectedAsync();
        await Assertions.Expect(hal.Page.Locator("#me")).ToHaveTextAsync("Hal");
        Assert.Equal(url.ToString(), hal.Page.Url);
        await hal.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await hal.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).WaitForAsync();

        Task SendBackAsync(IRoute route)
        {
            var query = System.Web.HttpUtility.ParseQueryString(new Uri(route.Request.Url).Query);
            nonce = query["nonce"]!;
            return route.FulfillAsync(new() { Status = 302, Headers = new Dictionary<string, string> { ["Location"] = $"{query["redirect_uri"]}?code=c1&state={query["state"]}" } });
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_the_address_of_the_chat_the_program_says_so()
    {
        await using var program = ChildProcess.StartProgram("ChatEvents.Page", new Dictionary<string, string?> { ["CHAT_URL"] = "" });

        Assert.Equal(1, await program.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["CHAT_URL must say where browsers find the chat, such as ws://localhost:8080/local."], program.Lines());
    }

    private static Task AnswerAsync(IRoute route, object json) => route.FulfillAsync(new()
    {
        Body = JsonSerializer.Serialize(json),
        ContentType = "application/json",
        Headers = new Dictionary<string, string> { ["Access-Control-Allow-Origin"] = "*" },
    });

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    [GeneratedRegex(@"Now listening on: (?<url>http://127\.0\.0\.1:\d+)", RegexOptions.ExplicitCapture)]
    private static partial Regex ListeningLine();
}
