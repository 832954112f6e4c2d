using ChatEvents.Consumers.Tables;
using ChatEvents.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace ChatEvents.UnitTests.Registry;

/// <summary>
/// Events that come in any order, repeatedly, to workers that interleave and die, leave the tables as if they had come once, in the
/// order in which they happened.
/// </summary>
public sealed class OrderSafetyTests
{
    /// <summary>Time passes between the steps, so that of the events in hand some are fresh and others are not.</summary>
    private const int StepsPerPause = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    private static readonly Arbitrary<History> Histories = (
        from length in Gen.Choose(1, 30)
        from choices in Gen.ArrayOf(Gen.Choose(0, 4 * 3 * 6 * 2 * 7), length)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        select History.From(choices, seed)).ToArbitrary();

    [Fact(Timeout = 300_000)]
    public Task Ten_thousand_histories_end_in_the_truth() => CheckAsync(10_000, EndsInTheTruth, TestContext.Current.CancellationToken);

    [Fact(Timeout = 60_000)]
    public async Task A_registry_without_tombstones_is_caught_with_its_seed()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(
            () => CheckAsync(1_000, history => EndsInTheTruth(history, isForgetful: true), TestContext.Current.CancellationToken));

        Assert.Contains("Seed", failure.Message);
    }

    private static Task CheckAsync(int histories, Func<History, bool> property, CancellationToken cancellation) => Task.Run(
        () => Prop.ForAll(Histories, history =>
        {
            cancellation.ThrowIfCancellationRequested();
            return property(history);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(histories)),
        cancellation);

    private static bool EndsInTheTruth(History history) => EndsInTheTruth(history, isForgetful: false);

    private static bool EndsInTheTruth(History history, bool isForgetful)
    {
        var random = new Random(history.Seed);
        using var dynamoDb = new InMemoryDynamoDb { IsStale = () => random.Next(4) == 0, IsSecretive = () => random.Next(2) == 0 };
        var tables = new TableNames();
        var time = new FakeTime(History.Start);
        var registry = new TablesUnderTest(dynamoDb, tables, time).Registry;
        var workers = new MortalWorkers(
            routeEvent => History.HandleAsync(registry, routeEvent, CancellationToken.None), random);
        dynamoDb.OnCall = _ =>
        {
            if (isForgetful) dynamoDb.Clear(tables.Closed);
            if (random.Next(StepsPerPause) == 0) time.Advance(Pause);
            return workers.ParkAsync();
        };

        workers.Deliver(history.AsDelivered(random));

        var truth = RoomsByConnection.Text(history.Truth());
        return RoomsByConnection.OfRows(dynamoDb.ItemsOf(tables.Connections)) == truth
            && RoomsByConnection.OfMemberships(dynamoDb.ItemsOf(tables.Rooms)) == truth;
    }
}
