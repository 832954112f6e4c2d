using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.UnitTests.Queues;

public sealed class RouteEventRulesTests
{
    [Fact]
    public void Every_route_event_is_read_from_one_queue()
    {
        var routeEvents = typeof(IRouteEvent).Assembly.GetTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(IRouteEvent)))
            .Select(AttributeNames.MessageTypeOf);

        Assert.Equal(
            routeEvents.Order(StringComparer.Ordinal),
            RouteEventQueues.ConnectionsRules.MessageTypes.Concat(RouteEventQueues.MessagesRules.MessageTypes)
                .Concat(RouteEventQueues.WalksRules.MessageTypes)
                .Concat(RouteEventQueues.LateRules.MessageTypes)
                .Order(StringComparer.Ordinal));
    }
}
