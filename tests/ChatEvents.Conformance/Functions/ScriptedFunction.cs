using System.Text.Json;

namespace ChatEvents.Conformance.Functions;

/// <summary>What the functions of the target do: remember the event, wait, and answer or fail, as the client asked.</summary>
internal sealed class ScriptedFunction(SeenEvents seen, TimeProvider time)
{
    private const string Ok = """{"statusCode":200}""";

    /// <returns>The answer, or the message of the failure.</returns>
    public async Task<(string? Answer, string? Failure)> RunAsync(string function, JsonElement @event, CancellationToken stopping)
    {
        seen.Add(function, @event);
        var script = Script.Of(function, @event);
        if (script.WaitMs > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(script.WaitMs), time, stopping);
        return script.Throw is { } failure ? (null, failure) : ((script.Answer ?? Ok).Replace("{{connectionId}}", new SeenEvent(function, @event).ConnectionId ?? "", StringComparison.Ordinal), null);
    }
}
