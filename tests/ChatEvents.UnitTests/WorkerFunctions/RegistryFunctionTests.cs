using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.UnitTests.Registry;
using ChatEvents.WorkerFunctions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using static ChatEvents.UnitTests.WorkerFunctions.FunctionUnderTest;

namespace ChatEvents.UnitTests.WorkerFunctions;

public sealed class RegistryFunctionTests : IDisposable
{
    private readonly InMemoryDynamoDb _dynamoDb = new();
    private readonly TableNames _tables = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _dynamoDb.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task A_batch_makes_the_table_true_and_is_answered_when_it_is()
    {
        await using var function = await StartAsync("registry", _dynamoDb, TestContext.Current.CancellationToken);
        var now = function.Time.GetUtcNow();

        var answer = await function.InvokeAsync(
            Record("1", Opened("a=", now)), Record("2", Opened("b=", now)), Record("3", Closed("b=", now.AddSeconds(1))));

        Assert.Equal("""{"batchItemFailures":[]}""", answer);
        Assert.Equal("a=", Assert.Single(_dynamoDb.ItemsOf(_tables.Connections))["connectionid"].S);
        Assert.Contains(function.Log.Lines, line => line == "Information: ConnectionOpenedConsumer: Opened a=");
    }

    [Fact(Timeout = 60_000)]
    public async Task What_cannot_be_read_is_named_and_goes_back_at_once_while_the_others_are_done()
    {
        await using var function = await StartAsync("registry", _dynamoDb, TestContext.Current.CancellationToken);

        var answer = await function.InvokeAsync(
            Record("1", "garbage", QueueNames.Connections, AttributeNames.MessageTypeOf<ConnectionOpened>()),
            Record("2", Opened("a=", function.Time.GetUtcNow())));

        Assert.Equal("""{"batchItemFailures":[{"itemIdentifier":"1"}]}""", answer);
        Assert.Single(_dynamoDb.ItemsOf(_tables.Connections));
        var returned = Assert.Single((await function.Sqs.VisibilityChanges.NextAsync(Cancellation)).Entries);
        Assert.Equal(("1-1", 0), (returned.ReceiptHandle, returned.VisibilityTimeout));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_not_done_ten_seconds_before_the_time_is_over_goes_back()
    {
        await using var function = await StartAsync("registry", _dynamoDb, TestContext.Current.CancellationToken);
        var called = HangAtTheNextCall();

        var answering = function.InvokeAsync(Record("1", Opened("a=", function.Time.GetUtcNow())));
        await called;
        await function.Time.AdvanceToTimerAsync(FunctionUnderTest.Timeout - TimeSpan.FromSeconds(10), Cancellation);

        Assert.Equal("""{"batchItemFailures":[{"itemIdentifier":"1"}]}""", await answering);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_batch_of_a_queue_that_the_settings_do_not_name_fails_as_a_whole()
    {
        await using var function = await StartAsync("registry", _dynamoDb, TestContext.Current.CancellationToken);
        var record = Record("1", "{}", "another-queue", AttributeNames.MessageTypeOf<ConnectionOpened>());

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => function.InvokeAsync(record));

        Assert.StartsWith("Nobody consumes queue another-queue here, only connections", failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_batch_without_records_is_nothing_to_do()
    {
        await using var function = await StartAsync("registry", _dynamoDb, TestContext.Current.CancellationToken);

        Assert.Equal("""{"batchItemFailures":[]}""", await function.InvokeAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_schedule_sweeps_the_table_once_per_invocation()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using (var registry = await StartAsync("registry", _dynamoDb, cancellation))
        {
            await registry.InvokeAsync(Record("1", Opened("a=", registry.Time.GetUtcNow() - Limits.IdleTimeout)));
        }

        await using var sweep = await StartAsync("sweep", _dynamoDb, cancellation, services =>
            services.AddSingleton(new Gateway(_ => throw new HttpRequestException("Nobody there."), endpointInstead: "http://127.0.0.1:1", new(region: null, []))));

        Assert.Equal("""{"Checked":1,"Stale":0,"NotKnown":1}""", await sweep.InvokeSweepAsync());
        Assert.Contains(sweep.Log.Lines, line => line.EndsWith("Swept the table of connections: 1 checked, 0 stale, 1 not known", StringComparison.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_sweep_that_does_not_reach_the_end_of_the_table_says_what_to_raise()
    {
        await using var sweep = await StartAsync("sweep", _dynamoDb, TestContext.Current.CancellationToken);
        var called = HangAtTheNextCall();

        var sweeping = sweep.InvokeSweepAsync();
        await called;
        await sweep.Time.AdvanceToTimerAsync(FunctionUnderTest.Timeout - TimeSpan.FromSeconds(10), Cancellation);

        Assert.Contains(
            $"raise {SweepOptions.Section}:ChecksPerSecond", (await Assert.ThrowsAsync<TimeoutException>(() => sweeping)).Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_setting_out_of_its_range_ends_the_start_with_a_sentence()
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(
            "registry", _dynamoDb,
            TestContext.Current.CancellationToken, services => services.Configure<TableNames>(names => names.Rooms = "")));

        Assert.StartsWith("Tables:Rooms must be", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Which_worker_it_is_must_be_said() =>
        Assert.Equal(
            "_HANDLER must be one of registry, fanOut, sweep, ending, but is \"\".",
            Assert.Throws<WorkerCannotStartException>(() => WorkerFunction.Build("", configure: null)).Message);

    /// <summary>From now on DynamoDB never answers; the task ends when it is first asked.</summary>
    private Task HangAtTheNextCall()
    {
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _dynamoDb.OnCall = _ =>
        {
            called.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        return called.Task.WaitAsync(Cancellation);
    }

    private static ConnectionOpened Opened(string id, DateTimeOffset at) =>
        new() { ConnectionId = id, ConnectedAt = at, CallbackEndpoint = "https://example.com/prod" };

    private static ConnectionClosed Closed(string id, DateTimeOffset at) =>
        new() { ConnectionId = id, ClosedAt = at, Because = ClosedBecause.Disconnected };
}
