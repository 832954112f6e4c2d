namespace ChatEvents.Load.Figures;

internal static class Percentiles
{
    /// <summary>The smallest of the sorted values that so large a part of them does not exceed; 1 is the largest, the default value if there are none.</summary>
    public static T? At<T>(IReadOnlyList<T> sorted, double part) =>
        sorted.Count == 0 ? default : sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Count) - 1, 0, sorted.Count - 1)];
}
