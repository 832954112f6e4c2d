using System.Text.Json.Serialization;

namespace ChatEvents.Contracts;

/// <summary>What a client says and hears. Serialized by name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Dialect>))]
public enum Dialect
{
    /// <summary>That of the tutorial: chat messages are text, answers are JSON without a type.</summary>
    Plain,

    /// <summary>Every frame is a JSON object with a type; chosen in the handshake by <see cref="Dialects.JsonSubprotocol"/>.</summary>
    Json,
}

/// <summary>How a dialect is named outside of events.</summary>
public static class Dialects
{
    /// <summary>The sub-protocol that a client offers, or names by <c>?protocol=</c>.</summary>
    public const string JsonSubprotocol = "chatevents.v1";

    private const string Json = "json", Plain = "plain";

    /// <summary>The value in rows; null for the plain dialect, which stands in none.</summary>
    public static string? Write(Dialect dialect) => dialect == Dialect.Json ? Json : null;

    /// <summary>The value in an authorizer's context, where nothing would mean that it does not say it.</summary>
    public static string NameOf(Dialect dialect) => dialect == Dialect.Json ? Json : Plain;

    /// <summary>Anything else than the JSON dialect's value is the plain one.</summary>
    public static Dialect Read(string? value) => value == Json ? Dialect.Json : Dialect.Plain;
}
