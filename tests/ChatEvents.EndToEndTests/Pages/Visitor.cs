using Microsoft.Playwright;

namespace ChatEvents.EndToEndTests.Pages;

/// <summary>A person at the page. What goes wrong in the browser meanwhile fails the test in the end, also what its security policy forbids.</summary>
public sealed class Visitor : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _errors = [];
    private readonly List<Predicate<string>> _expected = [];

    public Visitor(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        context.SetDefaultTimeout(30_000);
        page.PageError += (_, error) => _errors.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error") _errors.Add(message.Text);
        };
    }

    public IPage Page { get; }

    public ILocator Messages => Page.Locator("#messages li .body");

    /// <summary>By the form of the page.</summary>
    public async Task UseTokenAsync(string token)
    {
        await Page.GetByLabel("Token").FillAsync(token);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Use this token" }).ClickAsync();
        await UntilConnectedAsync();
    }

    public Task UntilConnectedAsync() => Page.GetByText("Connected", new() { Exact = true }).WaitForAsync();

    public async Task JoinAsync(string room)
    {
        await Page.GetByPlaceholder("Join a room").FillAsync(room);
        await Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Page.Locator("#talk-title")).ToHaveTextAsync(room);

        // The registry knows the member when others see it.
        await Assertions.Expect(Page.Locator("#members-title")).Not.ToHaveTextAsync("Members", new() { Timeout = 30_000 });
    }

    public async Task SayAsync(string text)
    {
        await Page.Locator("#text").FillAsync(text);
        await Page.Keyboard.PressAsync("Enter");
    }

    public Task SeesAsync(string text) => Messages.GetByText(text, new() { Exact = true }).First.WaitForAsync();

    public Task SeesAsync(params string[] texts) => Assertions.Expect(Messages).ToHaveTextAsync(texts, new() { Timeout = 30_000 });

    /// <summary>Opens what can be done with a message, and does it.</summary>
    public async Task ActAsync(string text, string action)
    {
        await ActOpenAsync(text);
        await Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = action }).ClickAsync();
    }

    /// <summary>Opens what can be done with a message.</summary>
    public async Task ActOpenAsync(string text)
    {
        var message = Page.Locator("#messages li").Filter(new() { HasText = text }).Last;
        await message.HoverAsync();
        await message.Locator(".more").ClickAsync();
    }

    /// <summary>Errors that the test makes itself, before or after this call.</summary>
    public void Expect(Predicate<string> error) => _expected.Add(error);

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.DoesNotContain(_errors, error => !_expected.Exists(isExpected => isExpected(error)));
    }
}
