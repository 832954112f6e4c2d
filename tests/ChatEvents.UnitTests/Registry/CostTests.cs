using ChatEvents.ConnectionRegistry;
using ChatEvents.Contracts;
using ChatEvents.Testing;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.Registry;

/// <summary>What DynamoDB charges per event; <c>docs/registry.md</c> tells what for.</summary>
public sealed class CostTests : IDisposable
{
    private readonly InMemoryDynamoDb _dynamoDb = new();
    private readonly FakeTime _time = new();
    private readonly ConnectionRegistry.ConnectionRegistry _registry;

    public CostTests() =>
        _registry = new(new RegistryRows(_dynamoDb, Options.Create(new RegistryOptions()), _time, () => 0), _time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _dynamoDb.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task Connect_and_disconnect_cost_at_most_four_units_each()
    {
        await _registry.OpenAsync(Opened(), Cancellation);
        Assert.Equal(3.5, _dynamoDb.Units);

        await _registry.CloseAsync(Closed(), Cancellation);
        Assert.Equal(3.5 + 4, _dynamoDb.Units);
    }

    [Fact(Timeout = 60_000)]
    public async Task Each_room_costs_a_unit_and_all_rooms_together_one_more()
    {
        await _registry.OpenAsync(Opened("blue", "red"), Cancellation);

        Assert.Equal(3.5 + 1 + 2, _dynamoDb.Units);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_late_opening_costs_less_than_a_timely_one()
    {
        await _registry.CloseAsync(Closed(), Cancellation);
        var before = _dynamoDb.Units;

        await _registry.OpenAsync(Opened(), Cancellation);

        Assert.Equal(0.5 + 1 + 1, _dynamoDb.Units - before);
    }

    private ConnectionOpened Opened(params string[] rooms) => new()
    {
        ConnectionId = "a=",
        ConnectedAt = _time.GetUtcNow(),
        CallbackEndpoint = "https://example.com/prod",
        Rooms = rooms,
    };

    private ConnectionClosed Closed() => new()
    {
        ConnectionId = "a=",
        ClosedAt = _time.GetUtcNow(),
        Because = ClosedBecause.Disconnected,
    };
}
