using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;
using ChatEvents.Routes.Authorizing;
using ChatEvents.Routes.History;
using ChatEvents.Routes.Logs;
using ChatEvents.Routes.Moderating;
using ChatEvents.Routes.Removing;
using ChatEvents.Routes.Rooms;
using ChatEvents.Routes.Sending;

namespace ChatEvents.Routes;

/// <summary>The handler of a function with all that it needs, and what tells in which dialect its answers are.</summary>
internal sealed class RouteService
{
    private readonly IRouteHandler _handler;
    private readonly Speakers _speakers;
    private readonly RefusedFrames _refused;

    private RouteService(IRouteHandler handler, Speakers speakers, RefusedFrames refused) =>
        (_handler, _speakers, _refused) = (handler, speakers, refused);

    /// <exception cref="InvalidSettingException">There is no such function.</exception>
    public static RouteService Create(string? name, RouteSettings settings, RouteClients clients)
    {
        var time = TimeProvider.System;
        var registry = new RegistryReader(clients.DynamoDb, clients.Speakers, settings, time);
        var members = new RoomMembers(registry, clients.Waits, clients.Strangers, settings, time);
        var speakers = new Speakers(members, clients.Speakers, clients.Told, settings, time);
        IRouteHandler handler = name switch
        {
            "connect" => new ConnectHandler(
                Events(), new BanList(clients.DynamoDb, settings.BansTable, time), clients.Speakers, clients.Refused, settings),
            "disconnect" => new DisconnectHandler(Events()),
            "onMessage" => new OnMessageHandler(Events(), members, speakers, clients.Messages(settings), settings),
            "join" => new JoinHandler(Change(), speakers, clients.Rate),
            "leave" => new LeaveHandler(Change(), speakers, clients.Rate),
            "who" => new WhoHandler(members, registry, clients.Presence, speakers, clients.Rate, clients.Told, settings),
            "history" => new HistoryHandler(members, Log(), speakers, clients.HistoryRate, settings),
            "remove" => new RemoveHandler(Events(), members, speakers, clients.Rate, settings),
            RouteFunction.Moderate => new ModerateHandler(Events(), speakers, clients.Rate),
            "default" => new DefaultHandler(new HelloHandler(members, speakers, clients.Rate, settings), speakers),
            _ => throw new InvalidSettingException(
                $"_HANDLER must be one of {string.Join(", ", RouteFunction.Handlers)}, {RouteFunction.Moderate}, {AuthorizeFunction.Handler}, "
                + $"but is {Quote.Of(name ?? "")}."),
        };
        return new RouteService(handler, speakers, clients.Refused);

        RouteEventSender Events() => new(clients.Sqs(), settings.Queues);
        RoomLog Log() => new(clients.DynamoDb, settings, time);
        MembershipChange Change() => new(Events(), members, speakers, new RoomTails(Log()), settings);
    }

    public async Task<APIGatewayProxyResponse> AnswerAsync(RouteRequest request, RouteCall call)
    {
        var answer = await HandleAsync(request, call);
        if (answer.IsNuisance) Count(request.RequiredContext);

        // Only here, so that a client of the plain dialect, which hears nothing of what was done as it asked, is not held up before.
        var frameId = answer.HasFrame ? Frame.FindId(request.Body) : null;
        var dialect = answer.HasFrame ? await _speakers.DialectOfAsync(request.RequiredContext, frameId, call) : Dialect.Plain;
        return AnswerFrame.Of(answer, dialect, request.RequestContext?.RequestId, frameId);
    }

    /// <summary>What is refused so often that it is a nuisance shall cost nothing more: nobody waits for its row.</summary>
    private void Count(RouteRequestContext context)
    {
        context.HasWaited = true;
        _refused.CountOneFrom(context.AddressOrEmpty);
    }

    private async Task<RouteAnswer> HandleAsync(RouteRequest request, RouteCall call)
    {
        try
        {
            request.RequireValidToken();
            return await _handler.HandleAsync(request, call);
        }
        catch (BadFrameException bad)
        {
            if (!bad.Answer.IsNuisance || _refused.IsNewsOf(request.RequestContext?.ConnectionId ?? ""))
                call.Log.LogInformation($"Refused a frame of connection {request.RequestContext?.ConnectionId}: {bad.Message}");
            return bad.Answer;
        }
    }
}
