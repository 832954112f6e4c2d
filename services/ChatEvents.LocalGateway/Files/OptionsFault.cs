using System.Globalization;

namespace ChatEvents.LocalGateway.Files;

/// <summary>An invalid setting: its path in <c>gateway.json</c>, and one sentence about it.</summary>
internal sealed record OptionsFault(IReadOnlyList<string> Path, string Sentence)
{
    public static OptionsFault Range(string allowed, IFormattable value, params string[] path) =>
        new(path, $"{string.Join('.', path)} must be {allowed}, but is {value.ToString(null, CultureInfo.InvariantCulture)}.");
}
