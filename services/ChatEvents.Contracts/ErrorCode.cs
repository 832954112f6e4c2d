namespace ChatEvents.Contracts;

/// <summary>What an error of the JSON dialect is about, for programs; <c>docs/protocol.md</c> says what each asks of a client.</summary>
public static class ErrorCode
{
    public const string BadFrame = "bad_frame";
    public const string UnknownAction = "unknown_action";
    public const string BadRoom = "bad_room";
    public const string NotInRoom = "not_in_room";
    public const string NotAMember = "not_a_member";
    public const string NotFound = "not_found";
    public const string Forbidden = "forbidden";
    public const string TooManyRooms = "too_many_rooms";
    public const string TooLarge = "too_large";
    public const string RateLimited = "rate_limited";
    public const string Unavailable = "unavailable";
}
