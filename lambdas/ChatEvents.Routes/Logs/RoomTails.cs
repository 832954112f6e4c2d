namespace ChatEvents.Routes.Logs;

/// <summary>Tells a client that joins a room where the room's log ends. Without that it has joined all the same.</summary>
internal sealed class RoomTails(RoomLog log)
{
    public async Task<RoomTail> FindAsync(string room, RouteRequestContext context, RouteCall call)
    {
        try
        {
            return await log.FindTailAsync(room, call.Answering);
        }
        catch (Exception exception) when (ServiceFailure.IsIn(exception))
        {
            call.Log.LogError(
                $"The end of the log of {room} could not be read for connection {context.Sender} (request {context.RequestId}): {exception}");
            return RoomTail.Unknown;
        }
    }
}
