using System.Text;
using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.RoutesTests.Golden;

namespace ChatEvents.RoutesTests.Handlers;

public sealed class HistoryTests
{
    private const string Epoch = Scenarios.Epoch;
    private const string Older = "1795000000000-aaaaaa";

    private static readonly DateTimeOffset PostedAt = DateTimeOffset.FromUnixTimeMilliseconds(1795260961242);

    [Theory(Timeout = 30_000)]
    [InlineData("\"limit\":3", "8 9 10", true, true)]
    [InlineData("\"limit\":100", "1 2 3 4 5 6 7 8 9 10", false, true)]
    [InlineData("\"after\":0,\"limit\":3", "1 2 3", true, true)]
    [InlineData("\"after\":7", "8 9 10", false, true)]
    [InlineData("\"after\":7,\"limit\":3", "8 9 10", false, true)]
    [InlineData("\"after\":7,\"limit\":2", "8 9", true, true)]
    [InlineData("\"after\":10", "", false, true)]
    [InlineData("\"before\":4,\"limit\":2", "2 3", true, true)]
    [InlineData("\"before\":4,\"limit\":3", "1 2 3", false, true)]
    [InlineData("\"before\":1", "", false, true)]
    [InlineData("\"before\":100,\"limit\":2", "9 10", true, true)]
    public async Task A_page_is_what_was_asked_for_oldest_first(string asked, string numbers, bool more, bool complete)
    {
        await using var function = await StartAsync(TestContext.Current.CancellationToken);
        Post(function, Epoch, Enumerable.Range(1, 10));

        AssertPage(await AskAsync(function, $"{asked},\"epoch\":\"{Epoch}\""), Epoch, numbers, more, complete);
        Assert.Single(function.Registry.Queries);

        // A number without an epoch is one of the latest.
        AssertPage(await AskAsync(function, asked), Epoch, numbers, more, complete);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("\"after\":0", "5 6 7", false, false)]
    [InlineData("\"after\":3", "5 6 7", false, false)]
    [InlineData("\"after\":4", "5 6 7", false, true)]
    [InlineData("\"after\":9", "5 6 7", false, false)]
    [InlineData("\"before\":6", "5", false, false)]
    [InlineData("\"before\":5", "", false, false)]
    [InlineData("\"limit\":2", "6 7", true, true)]
    [InlineData("\"limit\":9", "5 6 7", false, false)]
    public async Task What_is_not_kept_any_more_is_said(string asked, string numbers, bool more, bool complete)
    {
        await using var function = await StartAsync(TestContext.Current.CancellationToken);
        Post(function, Epoch, [1, 2, 3, 4], expiresAt: DateTimeOffset.UnixEpoch);
        Post(function, Epoch, [5, 6, 7]);

        AssertPage(await AskAsync(function, $"{asked},\"epoch\":\"{Epoch}\""), Epoch, numbers, more, complete);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(Older)]
    [InlineData("1800000000000-zzzzzz")]
    [InlineData("nonsense")]
    [InlineData("\\u0000")]
    public async Task A_number_of_an_epoch_that_is_not_kept_means_nothing_and_the_answer_starts_at_the_start(string epoch)
    {
        await using var function = await StartAsync(TestContext.Current.CancellationToken);
        Post(function, Epoch, [1, 2, 3]);

        AssertPage(await AskAsync(function, $"\"after\":2,\"limit\":2,\"epoch\":\"{epoch}\""), Epoch, "1 2", more: true, complete: false);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_log_that_has_begun_anew_is_told_when_the_old_one_is_read()
    {
        await using var function = await StartAsync(TestContext.Current.CancellationToken);
        Post(function, Older, [1, 2, 3]);
        Post(function, Epoch, [1, 2]);

        AssertPage(await AskAsync(function, $"\"after\":1,\"epoch\":\"{Older}\""), Older, "2 3", more: true, complete: true);
        AssertPage(await AskAsync(function, $"\"after\":3,\"limit\":9,\"epoch\":\"{Older}\""), Epoch, "1 2", more: false, complete: false);
        AssertPage(await AskAsync(function, "\"limit\":9"), Epoch, "1 2", more: false, complete: true);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_room_without_a_log_has_no_epoch()
    {
        await using var function = await StartAsync(TestContext.Current.CancellationToken);

        foreach (var asked in (string[])["\"limit\":9", "\"after\":0", "\"before\":9"])
            AssertPage(await AskAsync(function, asked), epoch: null, "", more: false, complete: true);
        AssertPage(await AskAsync(function, $"\"after\":0,\"epoch\":\"{Epoch}\""), epoch: null, "", more: false, complete: false);
    }

    [Fact(Timeout = 30_000)]
    public async Task Everything_is_found_page_by_page_whatever_the_size_of_the_messages()
    {
        await using var function = await StartAsync(TestContext.Current.CancellationToken);
        var texts = Enumerable.Range(1, 30).Select(seq => new string('ü', seq * 1_000)).ToList();
        for (var seq = 1; seq <= texts.Count; seq++)
        {
            function.Registry.Post("blue", Epoch, seq, Posted(seq) with { Message = texts[seq - 1], Data = $"\"{new string('x', 20_000)}\"" });
        }

        var found = new List<string>();
        for (JsonNode? page = null; page is null || (bool)page["more"]!;)
        {
            page = await AskAsync(function, $"\"after\":{found.Count},\"epoch\":\"{Epoch}\",\"limit\":100", maxBytes: Limits.MaxGatewayMessageBytes - 1);
            Assert.NotEmpty(page["messages"]!.AsArray());
            found.AddRange(page["messages"]!.AsArray().Select(message => (string)message!["message"]!));
        }

        Assert.Equal(texts, found);
        var last = await AskAsync(function, "\"limit\":100", maxBytes: Limits.MaxGatewayMessageBytes - 1);
        Assert.Equal(30, (long)last["messages"]!.AsArray().Last()!["seq"]!);
        Assert.True((bool)last["more"]!);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_that_no_answer_can_hold_keeps_its_number()
    {
        await using var function = await StartAsync(TestContext.Current.CancellationToken);
        function.Registry.Post("blue", Epoch, 1, Posted(1) with { Message = new string('\u0001', 60_000) });
        Post(function, Epoch, [2]);

        var page = await AskAsync(function, $"\"after\":0,\"epoch\":\"{Epoch}\"", maxBytes: Limits.MaxGatewayMessageBytes - 1);

        Assert.Equal(
            $$"""{"seq":1,"messageId":"m1=","from":{"user":"ada"},"at":"{{Timestamp.Of(PostedAt)}}","tooLarge":true}""",
            page["messages"]![0]!.ToJsonString());
    }

    [Fact(Timeout = 30_000)]
    public async Task Removals_and_rows_of_older_versions_are_no_messages_and_what_makes_no_sense_keeps_its_number()
    {
        await using var function = await StartAsync(TestContext.Current.CancellationToken);
        Post(function, Epoch, [1, 2, 3]);
        function.Registry.Removed("blue", Epoch, 2);
        var template = function.Registry.Log[("blue", RecentMessages.PositionOf(Epoch, 1))];
        foreach (var position in (string[])["0", "0639301377612420000#m=", RecentMessages.RemovalOf(RecentMessages.PositionOf(Epoch, 2))])
        {
            var row = template.DeepClone().AsObject();
            row[RecentMessages.Position]!["S"] = position;
            function.Registry.Log[("blue", position)] = row;
        }

        function.Registry.Log[("blue", RecentMessages.PositionOf(Epoch, 3))].Remove(RecentMessages.MessageId);

        var page = await AskAsync(function, "\"limit\":9");

        AssertPage(page, Epoch, "1 2 3", more: false, complete: true);
        Assert.Equal([false, true, true], page["messages"]!.AsArray().Select(message => message!["removed"] is not null));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_user_reads_what_was_written_to_and_by_it_and_nobody_else_does()
    {
        await using var function = await RunningFunction.StartAsync("history", TestContext.Current.CancellationToken);
        function.Registry.Post("@ada", Epoch, 1, Posted(1) with { Room = "@ada" });
        const string Frame = """{"action":"history","room":"@ada"}""";

        var own = await function.InvokeAsync(Events.Message("history", Frame).From("ada", ("dialect", "json"), ("join", "[]")));
        var other = await function.InvokeAsync(Events.Message("history", Frame).From("bob", ("dialect", "json")));

        AssertPage(JsonNode.Parse((string)own["body"]!)!, Epoch, "1", more: false, complete: true);
        Assert.Contains("\"code\":\"bad_room\"", (string?)other["body"], StringComparison.Ordinal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("\"after\":1", true)]
    [InlineData("\"before\":9", false)]
    [InlineData("\"limit\":9", false)]
    public async Task Only_what_fills_a_hole_is_read_consistently(string asked, bool isConsistent)
    {
        await using var function = await StartAsync(TestContext.Current.CancellationToken);
        Post(function, Epoch, [1, 2]);

        await AskAsync(function, $"{asked},\"epoch\":\"{Epoch}\"");

        Assert.Equal(isConsistent, (bool?)Assert.Single(function.Registry.Queries)["ConsistentRead"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("\"after\":-1", "The after must be a whole number from 0 to 999999999999.")]
    [InlineData("\"after\":1.5", "The after must be a whole number from 0 to 999999999999.")]
    [InlineData("\"before\":0", "The before must be a whole number from 1 to 999999999999.")]
    [InlineData("\"epoch\":1", "The epoch must be a string, but is a number.")]
    [InlineData("\"limit\":\"9\"", "The limit must be a whole number from 1 to 2147483647.")]
    public async Task What_makes_no_sense_is_told(string asked, string sentence)
    {
        await using var function = await StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(sentence, (string?)(await AskAsync(function, asked))["error"]);
    }

    private static async Task<RunningFunction> StartAsync(CancellationToken cancellation)
    {
        var function = await RunningFunction.StartAsync("history", cancellation);
        function.Registry.Add("blue", Events.ConnectionId, dialect: Dialect.Json);
        return function;
    }

    private static async Task<JsonNode> AskAsync(RunningFunction function, string asked, int maxBytes = int.MaxValue)
    {
        var frame = Events.Message("history", $$"""{"action":"history","room":"blue",{{asked}}}""");
        var body = (string)(await function.InvokeAsync(frame))["body"]!;
        Assert.InRange(Encoding.UTF8.GetByteCount(body), 0, maxBytes);
        return JsonNode.Parse(body)!;
    }

    private static void AssertPage(JsonNode page, string? epoch, string numbers, bool more, bool complete)
    {
        Assert.Equal(numbers, string.Join(' ', page["messages"]!.AsArray().Select(message => (long)message!["seq"]!)));
        Assert.Equal((more, complete), ((bool)page["more"]!, (bool)page["complete"]!));
        if (numbers.Length > 0 || epoch is null) Assert.Equal(epoch, (string?)page["epoch"]);
    }

    private static void Post(RunningFunction function, string epoch, IEnumerable<int> numbers, DateTimeOffset? expiresAt = null)
    {
        foreach (var seq in numbers) function.Registry.Post("blue", epoch, seq, Posted(seq), expiresAt);
    }

    private static MessagePosted Posted(long seq) => new()
    {
        MessageId = $"m{seq}=",
        ConnectionId = "A1=",
        Room = "blue",
        User = "ada",
        Message = $"number {seq}",
        PostedAt = PostedAt,
    };
}
