using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ChatEvents.EndToEndTests.Pages;

/// <summary>Rooms that are too long, or have forgotten too much, to be made with the real system in seconds.</summary>
[Collection(nameof(PageCollection))]
public sealed class LongConversationTests(PageFixture system)
{
    /// <summary>Counts what holds the page up: tasks over 50 ms, and the longest time between two frames.</summary>
    private const string Measure =
        """
        () => {
          window.measured = { tasks: [], frame: 0, made: 0 };
          new PerformanceObserver(list => measured.tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ entryTypes: ['longtask'] });
          new MutationObserver(changes => {
            measured.made = Math.max(measured.made, changes.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0));
          }).observe(document.getElementById('messages'), { childList: true });
          let before;
          requestAnimationFrame(function next(now) {
            measured.frame = Math.max(measured.frame, Math.round(now - (before ?? now)));
            before = now;
            requestAnimationFrame(next);
          });
        }
        """;

    [Fact(Timeout = 180_000)]
    public async Task Of_five_thousand_messages_the_document_has_those_around_the_view()
    {
        _ = TestContext.Current.CancellationToken;
        var chat = new MockChat(first: 1, last: 100);
        await using var ada = await VisitAsGuestAsync(chat);
        await ada.SeesAsync("number 100");
        await ada.Page.EvaluateAsync(Measure);

        chat.Say(101, 5_050);
        await ada.SeesAsync("number 5050");
        await Expect(ada.Page.Locator("#messages li")).ToHaveCountAsync(200);
        var burst = await ReportAsync(ada, "5,000 messages come");
        await ada.Page.EvaluateAsync(
            """
            async () => {
              const log = document.getElementById('log');
              measured.tasks.length = measured.frame = 0;
              for (let step = 0; step < 120; step++) {
                log.scrollTop -= 2_000;
                await new Promise(requestAnimationFrame);
              }
            }
            """);
        var scrolled = await ReportAsync(ada, "they are scrolled through");
        await ada.Page.EvaluateAsync(
            """
            async () => {
              const log = document.getElementById('log');
              while (!log.textContent.includes('This is the beginning.')) {
                log.scrollTop = 0;
                await new Promise(requestAnimationFrame);
              }
            }
            """);
        await ada.SeesAsync("number 5");

        Assert.InRange(burst, 1, 200);
        Assert.InRange(scrolled, 1, 200);
        await Expect(ada.Page.Locator("#messages li")).ToHaveCountAsync(200);
        await ada.Page.GetByRole(AriaRole.Button, new() { Name = "To the newest" }).ClickAsync();
        await ada.SeesAsync("number 5050");
        await Expect(ada.Page.Locator("#messages li").Last).ToBeInViewportAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task Scrolling_up_reads_history_until_its_beginning_and_nothing_jumps()
    {
        _ = TestContext.Current.CancellationToken;
        await using var ada = await VisitAsGuestAsync(new MockChat(first: 21, last: 150));
        await ada.SeesAsync("number 150");
        var seen = ada.Page.Locator("#messages li").Filter(new() { HasText = "number 105" });
        await seen.ScrollIntoViewIfNeededAsync();
        var before = await seen.BoundingBoxAsync();
        await Expect(ada.Page.Locator("#messages li").First).ToContainTextAsync("number 51");
        Assert.InRange((await seen.BoundingBoxAsync())!.Y - before!.Y, -3, 3);

        await ada.Page.EvaluateAsync("() => (document.getElementById('log').scrollTop = 0)");
        await Expect(ada.Page.Locator("#messages li").First).ToContainTextAsync("number 21");
        await Expect(ada.Page.Locator("#older")).ToHaveTextAsync("What was said before is no longer kept.");
        await ada.Page.GetByRole(AriaRole.Button, new() { Name = "To the newest" }).ClickAsync();
        await Expect(ada.Page.Locator("#messages li").Last).ToBeInViewportAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task What_could_not_be_recovered_is_told_in_its_place()
    {
        _ = TestContext.Current.CancellationToken;
        var chat = new MockChat(first: 300, last: 310);
        await using var ada = await VisitAsGuestAsync(chat, """{"rooms":{"everyone":{"position":{"epoch":"1795260900000-3fk2a9","seq":200}}}}""");

        await Expect(ada.Page.Locator("#messages .missed")).ToHaveTextAsync("99 messages could not be recovered: no longer kept.");
        await Expect(ada.Page.Locator("#messages li")).ToHaveCountAsync(12);
    }

    private Task<Visitor> VisitAsGuestAsync(MockChat chat, string? remembered = null) => system.VisitAsync(prepare: async page =>
    {
        await chat.AttachAsync(page);
        await page.AddInitScriptAsync("sessionStorage.setItem('chatevents.session', '{\"guest\":\"guest-of-the-long-room\"}')");
        if (remembered is not null) await page.AddInitScriptAsync($"sessionStorage.setItem('chatevents ws://' + location.host + '/local guest', '{remembered}')");
    });

    /// <summary>The figures are for who reads the test's output: a loaded machine has others.</summary>
    /// <returns>The most elements that one frame has made.</returns>
    private static async Task<int> ReportAsync(Visitor visitor, string what)
    {
        var figures = await visitor.Page.EvaluateAsync<int[]>("() => [measured.frame, Math.max(0, ...measured.tasks), measured.made]");
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"While {what}: longest frame {figures[0]} ms, longest task {figures[1]} ms (0: none over 50), most made in a frame {figures[2]}.");
        return figures[2];
    }
}
