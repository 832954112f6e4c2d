using ChatEvents.Conformance.Functions;
using ChatEvents.Conformance.Rules;

namespace ChatEvents.Conformance.Asking;

/// <summary>
/// The events of one connection of each kind, captured once and looked at key by key by many rules. What goes wrong while capturing is
/// what each of them says.
/// </summary>
internal sealed class Captures(Func<Func<Questioner, Task<Captured>>, Task<Captured>> capture)
{
    private readonly Lock _gate = new();
    private Task<Captured>? _main;
    private Task<Captured>? _authorized;

    public Task<Captured> MainAsync()
    {
        lock (_gate)
            return _main ??= capture(async ask => await TakeAsync(ask, await ask.ConnectAsync(
                query: "?room=red&room=blue&Room=Case&sign=%26%20x",
                headers: ["X-MiXeD: Value", "X-Twice: first", "X-Twice: second", "Origin: https://app.example.com", $"User-Agent: {ask.Target.UserAgent} main"])));
    }

    public Task<Captured> AuthorizedAsync()
    {
        lock (_gate)
            return _authorized ??= capture(async ask => await TakeAsync(ask, await ask.ConnectAsync(
                ask.Authorized,
                query: "?auth=token",
                headers: [$"X-Authorize: {new Script(Script.Policy("Allow", "*", """{"tenant":"acme","admin":true,"level":42}""")).ToJson()}"])));
    }

    private static async Task<Captured> TakeAsync(Questioner ask, Conversation talk)
    {
        var message = await talk.EventOfAsync(Conversation.Message("one"));
        await talk.Client.SendCloseAsync(4321, "I am done");
        var disconnect = await talk.DisconnectEventAsync();
        var authorize = ask.Seen("authorize", talk.Id);
        return new Captured(talk.Id, talk.Connect, message, disconnect, authorize.Count > 0 ? authorize[0] : null);
    }
}

/// <summary>What the functions saw of one connection.</summary>
internal sealed record Captured(string Id, SeenEvent Connect, SeenEvent Message, SeenEvent Disconnect, SeenEvent? Authorize)
{
    public SeenEvent AuthorizeEvent => Authorize ?? throw new RuleBrokenException("the authorizer saw no event with this connection's id");
}
