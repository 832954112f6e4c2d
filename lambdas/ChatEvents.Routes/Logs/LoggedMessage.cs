using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Routes.Logs;

/// <summary>A message in the log of its room.</summary>
/// <param name="Epoch">See <see cref="RecentMessages.Epoch"/>.</param>
/// <param name="Seq">Its number.</param>
internal sealed record LoggedMessage(string Epoch, long Seq)
{
    /// <summary>Null for a message that was removed, or whose row makes no sense; only its number is left.</summary>
    public LoggedText? Text { get; init; }
}

/// <param name="MessageId">Its id.</param>
/// <param name="PostedAt">When the gateway received it.</param>
/// <param name="Message">As it was written.</param>
internal sealed record LoggedText(string MessageId, DateTimeOffset PostedAt, string Message)
{
    public string? Data { get; init; }

    public string? User { get; init; }

    public string? Name { get; init; }

    public string? Guest { get; init; }

    public string? Server { get; init; }

    /// <summary>Writes who it is from, as the members of an object.</summary>
    public void WriteSender(Utf8JsonWriter json)
    {
        if (Server is not null)
        {
            json.WriteString("server", Server);
        }
        else if (User is not null)
        {
            json.WriteString("user", User);
            if (Name is not null) json.WriteString("name", Name);
        }
        else
        {
            json.WriteString("guest", Guest);
        }
    }
}
