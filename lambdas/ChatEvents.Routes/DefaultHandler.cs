using ChatEvents.Contracts;
using ChatEvents.Routes.Rooms;

namespace ChatEvents.Routes;

/// <summary>
/// <c>ping</c> and <c>hello</c>, which need next to nothing, and <c>$default</c>: API Gateway found no route for the frame. The answer says
/// why, and shows a correct frame.
/// </summary>
internal sealed class DefaultHandler(HelloHandler hello, Speakers speakers) : IRouteHandler
{
    private static readonly RouteAnswer Pong = RouteAnswer.Of("pong", _ => { }, json => json.WriteBoolean("pong", true));

    public async Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call)
    {
        using var frame = Frame.Parse(request.Body, Actions.OnMessageExample);
        await speakers.FindFirstAsync(frame, request.RequiredContext, call);
        return frame.RequiredText("action") switch
        {
            Actions.Ping => Pong,
            Actions.Hello => await hello.AnswerAsync(request.RequiredContext, call),
            var action => throw new BadFrameException($"There is no action {Quote.Of(action)}.", Actions.List, ErrorCode.UnknownAction)
            {
                JsonExpected = Actions.FullList,
            },
        };
    }
}
