using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary><c>$default</c>: API Gateway found no route for the frame. The answer says why, and shows a correct frame.</summary>
internal sealed class DefaultHandler : IRouteHandler
{
    public Task<APIGatewayProxyResponse> HandleAsync(RouteRequest request, RouteCall call)
    {
        using var frame = Frame.Parse(request.Body, Actions.OnMessageExample);
        var action = frame.RequiredText("action");
        throw new BadFrameException($"There is no action {Quote.Of(action)}.", Actions.List);
    }
}
