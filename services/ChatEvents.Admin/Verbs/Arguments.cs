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

    /// <param name="what">What happens after so many hours.</param>
    /// <param name="byDefault">How many when nobody says.</param>
    /// <param name="max">The largest number.</param>
    public static Option<int> Hours(string what, int byDefault, int max)
    {
        var hours = new Option<int>("--hours") { Description = $"{what}, from 1 to {max}.", DefaultValueFactory = _ => byDefault };
        hours.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var value) || value < 1 || value > max))
                result.AddError($"--hours must be a number from 1 to {max}, but is '{token.Value}'.");
        });
        return hours;
    }

    public static Argument<string> RoomName()
    {
        var room = new Argument<string>("room") { Description = $"Name of the room; {Room.Everyone} is the room of all connections." };
        room.Validators.Add(result => RequireRoomName(result.Tokens, result.AddError));
        return room;
    }

    public static Option<string?> InRoom(string description = "Only the members of this room.")
    {
        var room = new Option<string?>("--room") { Description = description };
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

    /// <summary>Refuses, in one sentence, a value that makes no sense.</summary>
    public static void Require(Option option, Func<string, bool> isRight, string sentence) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && !isRight(token.Value)) result.AddError(sentence);
    });

    /// <inheritdoc cref="Require(Option, Func{string, bool}, string)"/>
    public static void Require(Argument argument, Func<string, bool> isRight, string sentence) => argument.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && !isRight(token.Value)) result.AddError(sentence);
    });

    private static void RequireRoomName(IReadOnlyList<System.CommandLine.Parsing.Token> tokens, Action<string> addError)
    {
        if (tokens is [var token] && !Room.IsName(token.Value))
            addError($"'{token.Value}' is no room: a name is 1 to {Room.MaxNameLength} letters, digits, '-', '_' or '.'.");
    }
}
