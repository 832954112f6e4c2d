namespace ChatEvents.RoutesTests.Handlers;

public sealed class DefaultTests
{
    private const string Example = """{"action":"onMessage","message":"Hello everyone"}""";

    [Theory(Timeout = 30_000)]
    [InlineData("""{"action":"shout","message":"Hello"}""", "There is no action \\\"shout\\\".")]
    [InlineData("""{"action":"$disconnect"}""", "There is no action \\\"$disconnect\\\".")]
    [InlineData("""{"action":"ban","user":"mallory"}""", "There is no action \\\"ban\\\".")]
    [InlineData("""{"action":"ONMESSAGE"}""", "There is no action \\\"ONMESSAGE\\\".")]
    [InlineData("""{"action":""}""", "There is no action \\\"\\\".")]
    public async Task An_unknown_action_is_answered_with_those_there_are(string body, string sentence)
    {
        await using var function = await RunningFunction.StartAsync("default", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Message("$default", body));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal(
            $$"""{"error":"{{sentence}}","requestId":"Qv7mVHZSoAMFkJw=","expected":["onMessage","join","leave","who"]}""", (string?)response["body"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(null, "The frame is empty.")]
    [InlineData("hello", "The frame is not JSON.")]
    [InlineData("5", "The frame must be a JSON object, but is a number.")]
    [InlineData("{}", "The frame has no action.")]
    [InlineData("""{"message":"Hello"}""", "The frame has no action.")]
    [InlineData("""{"action":5}""", "The action must be a string, but is a number.")]
    public async Task A_frame_without_an_action_is_answered_with_an_example(string? body, string sentence)
    {
        await using var function = await RunningFunction.StartAsync("default", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Message("$default", body));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal($$"""{"error":"{{sentence}}","requestId":"Qv7mVHZSoAMFkJw=","expected":{{Example}}}""", (string?)response["body"]);
        Assert.Equal([$"Information: Refused a frame of connection A-b9_xYzoAMCK1g=: {sentence}"], function.Log.Lines);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_long_action_is_shortened_between_characters()
    {
        await using var function = await RunningFunction.StartAsync("default", TestContext.Current.CancellationToken);
        var start = new string('x', 63);

        var response = await function.InvokeAsync(Events.Message("$default", $$"""{"action":"{{start}}👋 and more"}"""));

        Assert.Equal(
            $$"""{"error":"There is no action \"{{start}}...\".","requestId":"Qv7mVHZSoAMFkJw=","expected":["onMessage","join","leave","who"]}""",
            (string?)response["body"]);
    }
}
