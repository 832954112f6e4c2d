using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>What a function has to know of a connection beyond what the events of the gateway say, where there is no authorizer.</summary>
/// <param name="Dialect">What the client speaks.</param>
/// <param name="Guest">The name that it has from <c>?client=</c>; null where it has none.</param>
internal sealed record Speaker(Dialect Dialect, string? Guest)
{
    public static readonly Speaker Plain = new(Dialect.Plain, Guest: null);

    /// <summary>The <c>id</c> of a frame, which has a meaning in the JSON dialect only.</summary>
    public string? IdOf(Frame frame) => Dialect == Dialect.Json ? frame.Id : null;

    /// <inheritdoc cref="IdOf"/>
    public string? DataOf(Frame frame) => Dialect == Dialect.Json ? frame.Data : null;
}
