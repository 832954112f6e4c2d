namespace ChatEvents.LocalGateway.Configuration;

/// <summary>What counts as a proxy response. AWS documents the shape, but not what it does with another one.</summary>
public sealed class AnswerOptions
{
    /// <summary>Refuses members that a proxy response does not have, and headers that are not an object. Default true.</summary>
    public bool Strict { get; set; } = true;

    /// <summary>Takes an answer of <c>null</c>, as of a handler that returns nothing, for status 200. Default false.</summary>
    public bool AllowNull { get; set; }

    /// <summary>Takes a status like <c>"200"</c> for a number. Default false.</summary>
    public bool AllowTextStatus { get; set; }

    /// <summary>Decodes a body that is marked <c>isBase64Encoded</c>. Default false: clients receive it as it is.</summary>
    public bool DecodeBase64 { get; set; }
}
