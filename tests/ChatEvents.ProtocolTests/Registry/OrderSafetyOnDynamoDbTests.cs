using ChatEvents.Contracts;
using ChatEvents.UnitTests.Registry;

namespace ChatEvents.ProtocolTests.Registry;

/// <summary>
/// The histories of the order-safety property on the real protocol, with workers that truly run at once. Fewer than in memory: what
/// differs here is the server, not the order.
/// </summary>
public sealed class OrderSafetyOnDynamoDbTests(EmulatorsFixture emulators)
{
    private const int Workers = 8;

    [Fact(Timeout = 120_000)]
    public async Task Forty_histories_handled_by_concurrent_workers_end_in_the_truth()
    {
        await using var tables = await TestTables.CreateAsync(emulators);
        var registry = new TablesUnderTest(tables.DynamoDb, tables.Names, new Testing.FakeTime(History.Start)).Registry;
        var random = new Random(20261121);
        var histories = Enumerable.Range(0, 40)
            .Select(seed => History.From([.. Enumerable.Range(0, 30).Select(_ => random.Next(1008))], seed))
            .ToList();
        var delivered = histories.SelectMany(history => history.AsDelivered(random)).ToArray();
        random.Shuffle(delivered);

        await Parallel.ForEachAsync(
            delivered,
            new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = TestContext.Current.CancellationToken },
            async (IRouteEvent routeEvent, CancellationToken stopping) => await History.HandleAsync(registry, routeEvent, stopping));

        var truth = RoomsByConnection.Text(histories.SelectMany(history => history.Truth()).ToDictionary());
        Assert.Equal(truth, RoomsByConnection.OfRows(await tables.ItemsOfAsync(tables.Names.Connections)));
        Assert.Equal(truth, RoomsByConnection.OfMemberships(await tables.ItemsOfAsync(tables.Names.Rooms)));
    }
}
