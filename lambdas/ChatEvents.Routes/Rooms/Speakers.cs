using ChatEvents.Contracts;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Tells what the client of a connection speaks. Where there is an authorizer, each event says it. Elsewhere the row of the connection does,
/// which is read once and then remembered, and often enough with a read that is made anyway.
/// </summary>
internal sealed class Speakers(RoomMembers members, SpeakerCache known, OncePer told, RouteSettings settings, TimeProvider time)
{
    /// <summary>
    /// Beyond the wait for a row: a table that does not answer must not use up the time in which the frame can still be carried out.
    /// </summary>
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Whom a frame comes from, as far as that is known without a read.</summary>
    public Speaker? Find(RouteRequestContext context) =>
        context.Caller.Dialect is { } dialect ? new Speaker(dialect, context.Caller.Guest) : known.Find(context);

    /// <summary>What others see of somebody who is no user.</summary>
    public string GuestOf(RouteRequestContext context) =>
        context.Caller.Guest ?? Find(context)?.Guest ?? GuestId.OfConnection(context.RequiredConnectionId, settings.GuestKey);

    /// <summary>
    /// Whom a frame comes from, before it is carried out. Only the JSON dialect has <c>id</c> and <c>data</c>, so that a frame without them
    /// is not held up for it.
    /// </summary>
    /// <returns>Null where it is not known, and does not matter yet.</returns>
    /// <exception cref="BadFrameException">The id is not one of the JSON dialect, which the client speaks.</exception>
    public async ValueTask<Speaker?> FindFirstAsync(Frame frame, RouteRequestContext context, RouteCall call)
    {
        if (frame.IsMarked) return await FindNowAsync(frame, context, call);
        return Find(context);
    }

    /// <summary>Whom a frame comes from, where that has to be known to carry it out.</summary>
    /// <exception cref="BadFrameException">The id is not one of the JSON dialect, which the client speaks.</exception>
    public async ValueTask<Speaker> FindNowAsync(Frame frame, RouteRequestContext context, RouteCall call)
    {
        var speaker = Find(context) ?? await ReadAsync(context, frame.Id, call);
        if (speaker.Dialect == Dialect.Json) frame.RequireValidMarks();
        return speaker;
    }

    /// <summary>What the client of a frame speaks, to answer it.</summary>
    /// <param name="context">Of the call.</param>
    /// <param name="frameId">The id of the frame, if it has one.</param>
    /// <param name="call">The call.</param>
    public async ValueTask<Dialect> DialectOfAsync(RouteRequestContext context, string? frameId, RouteCall call) =>
        (Find(context) ?? await ReadAsync(context, frameId, call)).Dialect;

    private async Task<Speaker> ReadAsync(RouteRequestContext context, string? frameId, RouteCall call) =>
        call.Speaker ??= await ReadRowAsync(context, frameId, call);

    private async Task<Speaker> ReadRowAsync(RouteRequestContext context, string? frameId, RouteCall call)
    {
        using var timeout = new CancellationTokenSource(settings.MembershipPatience + LookTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Answering, timeout.Token);
        try
        {
            // A registry that has not written the row by now is far behind. Most clients speak the plain dialect.
            return await members.FindSpeakerAsync(context, either.Token) ?? Speaker.Plain;
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            // Clients of the plain dialect have no use for an id.
            var believed = frameId is null ? Speaker.Plain : new Speaker(Dialect.Json, Guest: null);
            if (told.IsNews("what connections speak"))
                call.Log.LogError($"What connection {context.Sender} speaks could not be read; taken for {believed.Dialect}: {exception}");
            return believed;
        }
    }
}
