using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Routes;
using ChatEvents.RoutesTests.Handlers;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Golden;

/// <summary>A frame and what a function answers to it, in each dialect.</summary>
/// <param name="Name">What the frame shows.</param>
/// <param name="Frame">What the client sends.</param>
/// <param name="Function">Which function gets it.</param>
internal sealed record Scenario(string Name, string Frame, string Function)
{
    /// <summary>Sets up what the function finds.</summary>
    public Action<RunningFunction> Given { get; init; } = _ => { };

    public RouteSettings Settings { get; init; } = new() { MembershipPatience = TimeSpan.Zero };

    /// <summary>The user, where there is an authorizer.</summary>
    public string? User { get; init; }

    /// <summary>What else the authorizer says.</summary>
    public (string Name, JsonNode? Value)[] Context { get; init; } = [];

    /// <summary>How often the frame was sent before.</summary>
    public int SentBefore { get; init; }

    /// <summary>The frame as text, or nothing.</summary>
    public async Task<string> AnswerAsync(Dialect dialect, CancellationToken cancellation)
    {
        await using var function = await RunningFunction.StartAsync(Function, cancellation, Settings, new FakeTime());
        if (dialect == Dialect.Json) function.Registry.SetJsonRow(Events.ConnectionId);
        Given(function);
        for (var i = 0; i < SentBefore; i++) await function.InvokeAsync(Event(dialect));
        return (string?)(await function.InvokeAsync(Event(dialect)))["body"] ?? "(nothing)";
    }

    private JsonObject Event(Dialect dialect)
    {
        var action = Function == "moderate" ? (string?)JsonNode.Parse(Frame)!["action"] : Function;
        var message = Events.Message(action!, Frame);
        if (User is not null) message.From(User, [.. Context.Select(said => (said.Name, said.Value?.DeepClone())), ("dialect", Dialects.NameOf(dialect))]);
        return message;
    }
}
