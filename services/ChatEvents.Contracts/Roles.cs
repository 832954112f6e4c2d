namespace ChatEvents.Contracts;

/// <summary>What somebody may do beyond talking, as the claim <c>chat_role</c> of a token says it.</summary>
public static class Roles
{
    /// <summary>May ban users and guests for a time, lift such bans, and end connections.</summary>
    public const string Moderator = "moderator";
}
