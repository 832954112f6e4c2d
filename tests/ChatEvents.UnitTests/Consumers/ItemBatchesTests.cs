using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using ChatEvents.Consumers.Tables;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Consumers;

public sealed class ItemBatchesTests : IDisposable
{
    private static readonly TableSchema Table = new("ChatRecent", "id");

    private readonly FakeTime _time = new();
    private readonly ThrottledDynamoDb _dynamo = new();
    private readonly ItemBatches _batches;

    public ItemBatchesTests() => _batches = new ItemBatches(_dynamo, linger: TimeSpan.Zero, _time, () => 1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _dynamo.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task What_DynamoDB_leaves_unprocessed_is_written_again_after_pauses_that_double()
    {
        _dynamo.LeaveUnprocessed(2, 2, 2);
        var writing = _batches.PutAllAsync(Table, Items(2), TestContext.Current.CancellationToken);

        Assert.Equal([50, 100, 200], await PausesUntilAsync(writing));
        Assert.Equal(["0", "1"], _dynamo.Processed);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_DynamoDB_leaves_unprocessed_is_read_again_after_pauses_that_double()
    {
        _dynamo.LeaveUnprocessed(3, 3);
        var reading = _batches.FindAllAsync(Table, Items(3), TestContext.Current.CancellationToken);

        Assert.Equal([50, 100], await PausesUntilAsync(reading));
        Assert.Equal(["0", "1", "2"], (await reading).Select(item => item["id"].S));
    }

    [Fact(Timeout = 60_000)]
    public async Task Only_what_is_left_is_asked_for_again_and_the_pause_stays_short_while_there_is_progress()
    {
        _dynamo.LeaveUnprocessed(20, 15, 15, 5);
        var writing = _batches.PutAllAsync(Table, Items(25), TestContext.Current.CancellationToken);

        Assert.Equal([50, 50, 100, 50], await PausesUntilAsync(writing));
        Assert.Equal([25, 20, 15, 15, 5], _dynamo.Asked);
    }

    [Fact(Timeout = 60_000)]
    public async Task When_nothing_is_processed_for_seconds_it_is_a_failure()
    {
        _dynamo.LeaveUnprocessed([.. Enumerable.Repeat(2, 100)]);
        var writing = _batches.DeleteAllAsync(Table, Items(2), TestContext.Current.CancellationToken);

        Assert.Equal([50, 100, 200, 400, 800, 1600, 3200], await PausesUntilAsync(writing));
        await Assert.ThrowsAsync<ProvisionedThroughputExceededException>(() => writing);
    }

    [Fact(Timeout = 60_000)]
    public async Task Abandoning_ends_the_wait()
    {
        _dynamo.LeaveUnprocessed(2);
        using var abandoning = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var writing = _batches.PutAllAsync(Table, Items(2), abandoning.Token);

        await abandoning.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    [Fact(Timeout = 60_000)]
    public async Task Single_items_of_several_callers_share_a_call_and_are_asked_for_again_alike()
    {
        _dynamo.LeaveUnprocessed(0, 1);
        var batches = new ItemBatches(_dynamo, linger: TimeSpan.FromMilliseconds(10), _time, () => 1);
        var writing = Task.WhenAll(Items(4).Select(item => batches.PutAsync(Table, item, TestContext.Current.CancellationToken)));

        Assert.Equal([10, 50], await PausesUntilAsync(writing));
        Assert.Equal([1, 3, 1], _dynamo.Asked);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_request_that_is_invalid_fails_alone()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _dynamo.Invalid = "1";
        var items = Items(3).ToList();
        await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _batches.PutAllAsync(Table, items, cancellation));
        Assert.Equal(["0", "2"], _dynamo.Processed);

        await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _batches.FindAllAsync(Table, items, cancellation));
        await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _batches.FindAsync(Table, items[1], consistent: true, cancellation));
        Assert.Equal("2", (await _batches.FindAsync(Table, items[2], consistent: true, cancellation))!["id"].S);
    }

    private static IEnumerable<Dictionary<string, AttributeValue>> Items(int count) =>
        Enumerable.Range(0, count).Select(number => new Dictionary<string, AttributeValue> { ["id"] = new($"{number}") });

    /// <summary>Lets time pass until the work is over, and tells in milliseconds how it paused. Nothing of it waits for anything else.</summary>
    private async Task<IReadOnlyList<double>> PausesUntilAsync(Task working)
    {
        var pauses = new List<double>();
        while (!working.IsCompleted)
        {
            pauses.Add((await _time.AdvanceToNextTimerAsync(Cancellation)).TotalMilliseconds);
            await Patiently.UntilAsync("the next pause, or the end", () => working.IsCompleted || _time.ArmedTimers.Count > 0, Cancellation);
        }

        return pauses;
    }

    /// <summary>A DynamoDB that leaves the last items of each call unprocessed.</summary>
    private sealed class ThrottledDynamoDb() : AmazonDynamoDBClient(
        new AnonymousAWSCredentials(), new AmazonDynamoDBConfig { ServiceURL = "http://nowhere.invalid", AuthenticationRegion = "nowhere" })
    {
        private readonly Queue<int> _leaves = [];

        /// <summary>How many items each call asked for.</summary>
        public List<int> Asked { get; } = [];

        public List<string> Processed { get; } = [];

        /// <summary>The id of an item for which the whole call is refused.</summary>
        public string? Invalid { get; set; }

        public void LeaveUnprocessed(params int[] ofEachCall)
        {
            foreach (var count in ofEachCall) _leaves.Enqueue(count);
        }

        public override Task<BatchGetItemResponse> BatchGetItemAsync(
            BatchGetItemRequest request, CancellationToken cancellationToken = default)
        {
            var (table, keys) = request.RequestItems.Single();
            var left = Leave(keys.Keys);
            return Task.FromResult(new BatchGetItemResponse
            {
                Responses = new() { [table] = keys.Keys[..^left.Count] },
                UnprocessedKeys = left.Count == 0 ? [] : new() { [table] = new() { Keys = left } },
            });
        }

        public override Task<BatchWriteItemResponse> BatchWriteItemAsync(
            BatchWriteItemRequest request, CancellationToken cancellationToken = default)
        {
            var (table, writes) = request.RequestItems.Single();
            var left = Leave(writes);
            Processed.AddRange(writes[..^left.Count].Select(write => IdOf(write)));
            return Task.FromResult(new BatchWriteItemResponse { UnprocessedItems = left.Count == 0 ? [] : new() { [table] = left } });
        }

        private static string IdOf(object item) => item switch
        {
            WriteRequest write => (write.PutRequest?.Item ?? write.DeleteRequest.Key)["id"].S,
            _ => ((Dictionary<string, AttributeValue>)item)["id"].S,
        };

        private List<TItem> Leave<TItem>(List<TItem> items)
            where TItem : notnull
        {
            if (Invalid is not null && items.Exists(item => IdOf(item) == Invalid))
            {
                throw new AmazonDynamoDBException(
                    "One or more parameter values were invalid", ErrorType.Sender, "ValidationException", "request-1", System.Net.HttpStatusCode.BadRequest);
            }

            Asked.Add(items.Count);
            return _leaves.TryDequeue(out var count) ? items[^count..] : [];
        }
    }
}
