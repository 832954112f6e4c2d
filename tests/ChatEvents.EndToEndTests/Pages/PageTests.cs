using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ChatEvents.EndToEndTests.Pages;

/// <summary>The page, used by people in real browsers, on the whole system.</summary>
[Collection(nameof(PageCollection))]
public sealed partial class PageTests(PageFixture system)
{
    private const string Wide = "wide";

    [Fact(Timeout = 180_000)]
    public async Task Two_people_talk_in_rooms_and_directly()
    {
        _ = TestContext.Current.CancellationToken;
        await using var ada = await system.VisitAsync();
        await ada.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in as ada" }).ClickAsync();
        await ada.UntilConnectedAsync();
        await ada.JoinAsync("talk");
        await using var bob = await system.VisitAsync(await system.TokenAsync("bob", "Bob"));
        await bob.JoinAsync("talk");

        await ada.SayAsync("Hello Bob");
        await bob.SayAsync("Hello Ada");
        await bob.SeesAsync("Hello Bob");
        await ada.SeesAsync("Hello Ada");
        await Expect(ada.Page.Locator("#messages li").Filter(new() { HasText = "Hello Bob" }).Locator(".heard")).ToHaveTextAsync("Heard");
        await Expect(bob.Page.Locator("#messages .from").First).ToHaveTextAsync(new Regex("Ada|You"));
        await Expect(ada.Page.Locator("#member-list .name")).ToHaveTextAsync(["Ada", "Bob"], new() { Timeout = 40_000 });

        // What is said elsewhere is counted, and what was read is remembered over a reload.
        await ada.Page.Locator("#rooms").GetByRole(AriaRole.Button, new() { Name = "everyone" }).ClickAsync();
        await bob.SayAsync("Are you there?");
        await Expect(ada.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex(@"^talk\W+1 unread message$") })).ToBeVisibleAsync();
        await ada.Page.ReloadAsync();
        await ada.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex(@"^talk\W+1 unread message$") }).ClickAsync();
        await ada.SeesAsync("Are you there?");
        await Expect(ada.Page.Locator("#messages .new")).ToHaveCountAsync(1);

        await bob.ActAsync("Hello Bob", "Write directly");
        await bob.SayAsync("Between us");
        await ada.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex(@"^Bob\W+1 unread message$") }).ClickAsync();
        await ada.SeesAsync("Between us");
        await ada.SayAsync("Sure");
        await bob.SeesAsync("Between us", "Sure");
    }

    [Fact(Timeout = 180_000)]
    public async Task Nothing_is_lost_while_the_wire_is_cut()
    {
        _ = TestContext.Current.CancellationToken;
        await using var bob = await system.VisitAsync(await system.TokenAsync("bob", "Bob"));
        await bob.JoinAsync("engine-room");
        await using var ada = await system.VisitAsync(
            await system.TokenAsync("ada", "Ada"), new() { ViewportSize = new() { Width = 1120, Height = 640 }, Locale = "en-GB" });
        await ada.JoinAsync("engine-room");
        await bob.SayAsync("The deployment is through. Watch the queue for a minute, please.");
        await ada.SeesAsync("The deployment is through. Watch the queue for a minute, please.");

        await ada.Page.GetByRole(AriaRole.Button, new() { Name = "Developer" }).ClickAsync();
        await ada.Page.GetByRole(AriaRole.Button, new() { Name = "Cut the wire" }).ClickAsync();
        await Expect(ada.Page.Locator("#connection-countdown")).ToHaveTextAsync(new Regex(@"^Back (in \d+ s|now)$"));
        await ada.SayAsync("I did. Did I miss anything?");
        await Expect(ada.Page.Locator(".own .sending")).ToHaveTextAsync("Sending …");
        string[] missed = ["Did somebody pull a cable?", "Ada?", "مرحباً، هل أنت هنا؟"];
        foreach (var text in missed)
        {
            await bob.SayAsync(text);
            await bob.SeesAsync(text);
        }

        await ada.Page.GetByRole(AriaRole.Button, new() { Name = "Mend the wire" }).ClickAsync();
        await ada.UntilConnectedAsync();

        string[] all = ["The deployment is through. Watch the queue for a minute, please.", .. missed, "I did. Did I miss anything?"];
        await ada.SeesAsync(all);
        await bob.SeesAsync(all);
        await Expect(ada.Page.Locator("#messages .heard")).ToHaveCountAsync(1);
        await Expect(ada.Page.Locator("#frames code").Filter(new() { HasText = "\"action\":\"history\",\"room\":\"engine-room\",\"after\":1" })).ToHaveCountAsync(1);
        await Expect(ada.Page.Locator("#positions tr").Filter(new() { HasText = "engine-room" }).Locator("td").First).ToHaveTextAsync("5");
        await TakePictureAsync(ada.Page);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_people_write_is_text_whatever_it_looks_like()
    {
        _ = TestContext.Current.CancellationToken;
        const string Script = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>";
        const string Arabic = "مرحبا <b>بكم</b>";
        await using var mallory = await system.VisitAsync(await system.TokenAsync("<b>m</b>", "<i onclick=alert(1)>M</i>"));
        await mallory.JoinAsync("text");
        await using var eve = await system.VisitAsync(await system.TokenAsync("eve"));
        await eve.JoinAsync("text");

        await mallory.SayAsync(Script);
        await mallory.SayAsync(Arabic);

        await eve.SeesAsync(Script, Arabic);
        await Expect(eve.Page.Locator("#messages .from").First).ToHaveTextAsync("<i onclick=alert(1)>M</i>");
        await Expect(eve.Page.Locator("#member-list")).ToContainTextAsync("<i onclick=alert(1)>M</i>", new() { Timeout = 40_000 });
        await Expect(eve.Page.Locator("#app").Locator("img, script, b, i")).ToHaveCountAsync(0);
        Assert.True(await eve.Page.EvaluateAsync<bool>("() => window.hit === undefined"));
        Assert.Equal(["ltr", "rtl"], await eve.Messages.EvaluateAllAsync<string[]>("all => all.map(body => getComputedStyle(body).direction)"));
        await eve.ActAsync("window.hit", "Write directly");
        await Expect(eve.Page.Locator("#talk-title")).ToHaveTextAsync("<i onclick=alert(1)>M</i>");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_moderator_removes_a_message_and_keeps_its_writer_out()
    {
        _ = TestContext.Current.CancellationToken;
        await using var mona = await system.VisitAsync(await system.TokenAsync("mona", "Mona", "moderator"));
        await mona.JoinAsync("order");
        await using var ned = await system.VisitAsync(await system.TokenAsync("ned"));
        await ned.JoinAsync("order");
        await ned.SayAsync("spam");
        await ned.SayAsync("more spam");
        await mona.SeesAsync("spam", "more spam");

        await mona.ActAsync("more spam", "Remove the message");
        await mona.SeesAsync("spam", "This message was removed.");
        await ned.SeesAsync("spam", "This message was removed.");
        ned.Expect(error => error.Contains("WebSocket", StringComparison.Ordinal)); // 403, whenever it tries again
        await mona.ActAsync("spam", "Ban for an hour");

        await Expect(mona.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("ned is banned for an hour; 1 connection ended.");
        await Expect(ned.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("You are banned until");
        await Expect(ned.Page.Locator("#connection-text")).Not.ToHaveTextAsync("Connected");
    }

    [Theory(Timeout = 120_000)]
    [InlineData(ColorScheme.Light, Wide)]
    [InlineData(ColorScheme.Dark, Wide)]
    [InlineData(ColorScheme.Light, "narrow")]
    [InlineData(ColorScheme.Dark, "narrow")]
    public async Task There_is_no_barrier_that_a_program_can_find(ColorScheme colours, string width)
    {
        _ = TestContext.Current.CancellationToken;
        var size = width == Wide ? new ViewportSize { Width = 1280, Height = 800 } : new ViewportSize { Width = 360, Height = 640 };
        await using var fay = await system.VisitAsync(options: new() { ColorScheme = colours, ViewportSize = size, Locale = "en-GB" });
        await fay.Page.GetByRole(AriaRole.Button, new() { Name = "Use this token" }).WaitForAsync();
        await Axe.FindsNothingAsync(fay.Page);
        await fay.UseTokenAsync(await system.TokenAsync("fay", "Fay"));
        await fay.SayAsync("Hello");
        await fay.SeesAsync("Hello");
        await fay.Page.GetByRole(AriaRole.Button, new() { Name = "Developer" }).ClickAsync();
        await Axe.FindsNothingAsync(fay.Page);
        Assert.True(await fay.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), "The page is wider than its window.");

        if (width == Wide)
        {
            await fay.ActOpenAsync("Hello");
            await Axe.FindsNothingAsync(fay.Page);
            return;
        }

        await fay.Page.GetByRole(AriaRole.Button, new() { Name = "Developer" }).ClickAsync();
        await fay.Page.Locator("#members-toggle").ClickAsync();
        await Expect(fay.Page.Locator("#members")).ToBeVisibleAsync();
        await Axe.FindsNothingAsync(fay.Page);
        await fay.Page.Locator("#members-close").ClickAsync();
        await fay.Page.Locator("#to-conversations").ClickAsync();
        await Expect(fay.Page.Locator("#conversations")).ToBeVisibleAsync();
        await Axe.FindsNothingAsync(fay.Page);
    }

    [Fact(Timeout = 120_000)]
    public async Task Everything_can_be_done_by_keyboard()
    {
        _ = TestContext.Current.CancellationToken;
        await using var gus = await system.VisitAsync();
        await gus.Page.GetByRole(AriaRole.Button, new() { Name = "Go on as a guest" }).WaitForAsync();
        await TabToAsync(gus, "as-guest");
        await gus.Page.Keyboard.PressAsync("Enter");
        await gus.UntilConnectedAsync();
        await TabToAsync(gus, "join-name");
        await gus.Page.Keyboard.TypeAsync("keys");
        await gus.Page.Keyboard.PressAsync("Enter");
        await Expect(gus.Page.Locator("#talk-title")).ToHaveTextAsync("keys");
        await Expect(gus.Page.Locator("#text")).ToBeFocusedAsync();
        foreach (var text in (string[])["one", "two"])
        {
            await gus.Page.Keyboard.TypeAsync(text);
            await gus.Page.Keyboard.PressAsync("Enter");
        }

        await Expect(gus.Page.Locator("#messages .heard")).ToHaveCountAsync(2);
        await gus.Page.Keyboard.PressAsync("ArrowUp");
        await gus.Page.Keyboard.PressAsync("ArrowUp");
        await Expect(gus.Page.Locator("#messages li").First).ToBeFocusedAsync();
        await gus.Page.Keyboard.PressAsync("Enter");
        await Expect(gus.Page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await gus.Page.Keyboard.PressAsync("Escape");
        await Expect(gus.Page.Locator("#messages li").First).ToBeFocusedAsync();
        await gus.Page.Keyboard.PressAsync("Tab");
        await gus.Page.Keyboard.PressAsync("Enter");
        await TabToAsync(gus, "Remove the message");
        await gus.Page.Keyboard.PressAsync("Enter");
        await gus.SeesAsync("This message was removed.", "two");
        await TabToAsync(gus, "leave");
        await gus.Page.Keyboard.PressAsync("Enter");
        await Expect(gus.Page.Locator("#talk-title")).ToHaveTextAsync("everyone");
    }

    /// <summary>The picture of the README, when PAGE_SCREENSHOT names the file: <c>PAGE_SCREENSHOT=$PWD/docs/page.png dotnet test ...</c>.</summary>
    private static async Task TakePictureAsync(IPage page)
    {
        if (Environment.GetEnvironmentVariable("PAGE_SCREENSHOT") is not { Length: > 0 } path) return;
        await page.Mouse.MoveAsync(0, 0);
        await Expect(page.Locator("#member-list .name")).ToHaveTextAsync(["Ada", "Bob"], new() { Timeout = 40_000 });
        await page.ScreenshotAsync(new() { Path = path });
        Assert.InRange(new FileInfo(path).Length, 1, 200_000);
    }

    /// <summary>Presses Tab until the element with this id, or a button with this text, has the focus.</summary>
    private static async Task TabToAsync(Visitor visitor, string target)
    {
        for (var presses = 0; presses < 60; presses++)
        {
            await visitor.Page.Keyboard.PressAsync("Tab");
            if (await visitor.Page.EvaluateAsync<bool>("target => [document.activeElement.id, document.activeElement.textContent].includes(target)", target)) return;
        }

        Assert.Fail($"{target} cannot be reached by Tab.");
    }
}
