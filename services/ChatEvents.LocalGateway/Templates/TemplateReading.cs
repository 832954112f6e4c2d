namespace ChatEvents.LocalGateway.Templates;

/// <summary>What a template leaves open.</summary>
public sealed record TemplateReading
{
    /// <summary>
    /// The value of a parameter, of a logical id, or of a logical id and attribute (<c>Table.Arn</c>): what only a deployment knows. Default none.
    /// </summary>
    public Func<string, string?> Given { get; init; } = _ => null;

    /// <summary>
    /// Whether the gateway starts the functions. Default true. If not, their code is not looked for, variables without a value are left out,
    /// and they go by their handlers instead of their logical ids, where no other function has the same.
    /// </summary>
    public bool StartsFunctions { get; init; } = true;
}
