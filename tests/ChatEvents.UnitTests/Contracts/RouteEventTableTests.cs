using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class RouteEventTableTests
{
    [Fact]
    public void Every_route_event_travels_on_one_queue() => Assert.Equal(
        typeof(IRouteEvent).Assembly.GetTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(IRouteEvent)))
            .Select(type => type.Name)
            .Order(StringComparer.Ordinal),
        ChatQueue.All.SelectMany(RouteEventTable.On).Select(routeEvent => routeEvent.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_queue_has_a_setting()
    {
        var queues = new RouteEventQueues();

        Assert.Equal(
            typeof(RouteEventQueues).GetProperties().Select(setting => (setting.Name, setting.GetValue(queues))),
            ChatQueue.All.Select(queue => (queue.Setting, (object?)queues.Of(queue))));
        Assert.All(ChatQueue.All, queue => Assert.Equal(queue.Name, queues.Of(queue)));
    }

    [Fact]
    public void A_queue_takes_at_most_one_event_for_messages_without_a_type() =>
        Assert.All(ChatQueue.All, queue => Assert.InRange(RouteEventTable.On(queue).Count(routeEvent => routeEvent.TakesUntyped), 0, 1));
}
