using System.CommandLine;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Verbs;

/// <summary>Arguments and options of several verbs.</summary>
internal static class Arguments
{
    public static Argument<string> ConnectionId() => new("id") { Description = "Id of the connection, such as Qv7kLd3mIAMCJw8=." };

    public static Argument<string> UserId()
    {
        var user = new Argument<string>("id") { Description = "Id of the user, which is the sub of the token." };
        user.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Contracts.UserId.IsValid(token.Value))
                result.AddError($"'{token.Value}' is no user id: one has 1 to {Contracts.UserId.MaxLength} visible characters.");
        });
        return user;
    }

    public static Argument<string> Address()
    {
        var address = new Argument<string>("address") { Description = "An IPv4 or IPv6 address, as `connections list` shows it." };
        address.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Bans.KeyOfAddress(token.Value) is null)
                result.AddError($"'{token.Value}' is no IP address.");
        });
        return address;
    }

    public static Argument<string> RoomName()
    {
        var room = new Argument<string>("room") { Description = $"Name of the room; {Room.Everyone} is the room of all connections." };
        room.Validators.Add(result => RequireRoomName(result.Tokens, result.AddError));
        return room;
    }

    public static Option<string?> InRoom()
    {
        var room = new Option<string?>("--room") { Description = "Only the members of this room." };
        room.Validators.Add(result => RequireRoomName(result.Tokens, result.AddError));
        return room;
    }

    /// <summary>The rate of calls to the gateway.</summary>
    public static Option<int> Rate()
    {
        var rate = new Option<int>("--rate")
        {
            Description = "Requests a second to the gateway, from 1 to 5000. An account has 10,000 for all its traffic in a region.",
            DefaultValueFactory = _ => Pace.DefaultPerSecond,
        };
        rate.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var value) || value is < 1 or > 5000))
                result.AddError($"--rate must be a number from 1 to 5000, but is '{token.Value}'.");
        });
        return rate;
    }

    private static void RequireRoomName(IReadOnlyList<System.CommandLine.Parsing.Token> tokens, Action<string> addError)
    {
        if (tokens is [var token] && !Room.IsName(token.Value))
            addError($"'{token.Value}' is no room: a name is 1 to {Room.MaxNameLength} letters, digits, '-', '_' or '.'.");
    }
}
