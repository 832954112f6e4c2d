using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers;
using ChatEvents.Consumers.Tables;
using ChatEvents.Testing;
using ChatEvents.UnitTests.Registry;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.UnitTests.Consumers;

public sealed class TableWaitTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    private readonly FakeTime _time = new();
    private readonly InMemoryDynamoDb _dynamoDb = new();

    public void Dispose() => _dynamoDb.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task A_worker_starts_when_its_tables_are_there()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var missing = 2;
        _dynamoDb.OnCall = point => point is { TookEffect: false, Call.Table: "ChatRooms" } && missing-- > 0
            ? throw new ResourceNotFoundException("Requested resource not found")
            : Task.CompletedTask;

        var start = Wait(Minute).StartAsync(cancellation);
        await _time.AdvanceToTimerAsync(Poll, cancellation);
        await _time.AdvanceToTimerAsync(Poll, cancellation);

        await start;
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_waited_in_vain_names_the_table()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _dynamoDb.OnCall = _ => throw new ResourceNotFoundException("Requested resource not found");

        var start = Wait(Poll).StartAsync(cancellation);
        await _time.AdvanceToTimerAsync(Poll, cancellation);

        var reason = await Assert.ThrowsAsync<WorkerCannotStartException>(() => start);
        Assert.Equal("Table Chat is not ready after 00:00:00.5000000: it does not exist.", reason.Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_database_that_cannot_be_reached_is_named_as_the_reason()
    {
        _dynamoDb.OnCall = _ => throw new HttpRequestException("Connection refused (nowhere.invalid:80)");

        var reason = await Assert.ThrowsAsync<WorkerCannotStartException>(
            () => Wait(TimeSpan.Zero).StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("DynamoDB cannot be reached (Connection refused (nowhere.invalid:80))", reason.Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_database_that_does_not_answer_is_named_as_the_reason()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _dynamoDb.OnCall = _ => new TaskCompletionSource().Task;

        var start = Wait(TimeSpan.FromSeconds(5)).StartAsync(cancellation);
        await _time.AdvanceToTimerAsync(TimeSpan.FromSeconds(5), cancellation);

        var reason = await Assert.ThrowsAsync<WorkerCannotStartException>(() => start);
        Assert.Equal("Table Chat is not ready after 00:00:05: DynamoDB does not answer.", reason.Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_refusal_that_waiting_will_not_cure_is_not_waited_for()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _dynamoDb.OnCall = _ => throw new Amazon.DynamoDBv2.AmazonDynamoDBException("not authorized to perform: dynamodb:DescribeTable");

        await Assert.ThrowsAsync<Amazon.DynamoDBv2.AmazonDynamoDBException>(() => Wait(Minute).StartAsync(cancellation));
    }

    private TableWait Wait(TimeSpan patience) =>
        new(_dynamoDb, ["Chat", "ChatRooms"], patience, _time, NullLogger<TableWait>.Instance);
}
