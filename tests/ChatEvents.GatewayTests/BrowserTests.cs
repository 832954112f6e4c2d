using ChatEvents.GatewayTests.Harness;
using ChatEvents.Testing;
using Microsoft.Playwright;

namespace ChatEvents.GatewayTests;

/// <summary>A real browser. It is the strictest of the clients about handshakes, and shows no frame that is not right.</summary>
public sealed class BrowserTests
{
    [Fact(Timeout = 120_000)]
    public async Task A_browser_talks_listens_and_leaves()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes);
        gateway.ServeAll();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();

        // What the page hears is kept in the page; evaluate returns once the socket is open.
        await page.EvaluateAsync(
            """
            url => new Promise((open, failed) => {
              window.heard = [];
              window.socket = new WebSocket(url);
              socket.onopen = open;
              socket.onerror = () => failed(new Error('refused'));
              socket.onmessage = message => heard.push(message.data);
            })
            """,
            gateway.WebSocketAddress.ToString());
        await page.EvaluateAsync("""() => socket.send(JSON.stringify({ action: 'chat', message: 'Grüße \u{1F44B}' }))""");
        var message = await gateway.EventAsync("chat", cancellation);
        Assert.Equal("""{"action":"chat","message":"Grüße 👋"}""", message.Text("body"));

        var compressed = new string('x', 60_000);
        (await gateway.PostAsync(message.ConnectionId(), "Echo: Grüße 👋")).Dispose();
        (await gateway.PostAsync(message.ConnectionId(), compressed)).Dispose();
        await page.WaitForFunctionAsync("() => heard.length === 2");
        Assert.Equal(["Echo: Grüße 👋", compressed], await page.EvaluateAsync<string[]>("() => heard"));

        await page.EvaluateAsync("() => socket.close(4001, 'done')");
        var context = (await gateway.EventAsync("disconnect", cancellation)).Context();
        Assert.Equal(("4001", "done"), (context.Text("disconnectStatusCode"), context.Text("disconnectReason")));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_closed_tab_is_going_away()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes);
        gateway.ServeAll();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        await page.EvaluateAsync("url => new Promise(open => { window.socket = new WebSocket(url); socket.onopen = open; })", gateway.WebSocketAddress.ToString());

        await page.CloseAsync();

        Assert.Equal("1001", (await gateway.EventAsync("disconnect", cancellation)).Context().Text("disconnectStatusCode"));
    }
}
