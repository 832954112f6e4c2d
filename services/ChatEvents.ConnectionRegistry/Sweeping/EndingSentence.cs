using ChatEvents.Consumers.Tables;

namespace ChatEvents.ConnectionRegistry.Sweeping;

/// <summary>Sentences for the last frame of a connection that is ended.</summary>
public static class EndingSentence
{
    /// <summary>Of a connection whose user or address is banned. The reason that the operator gave is not for the client.</summary>
    public static string OfBan(Ban ban) => $"You are banned until {ban.Until:u}.";
}
