namespace ChatEvents.Bench.Registry;

/// <summary>What was asked of DynamoDB, and what it charged for it.</summary>
/// <param name="Requests">Calls of its API.</param>
/// <param name="Written">Items put or deleted, also where a condition failed.</param>
/// <param name="Read">Items looked for, and queries.</param>
/// <param name="WriteUnits">Charged for the writes.</param>
/// <param name="ReadUnits">Charged for the reads.</param>
internal readonly record struct RequestUsage(int Requests, int Written, int Read, double WriteUnits, double ReadUnits)
{
    public double Units => WriteUnits + ReadUnits;

    public static RequestUsage operator +(RequestUsage left, RequestUsage right) => new(
        left.Requests + right.Requests,
        left.Written + right.Written,
        left.Read + right.Read,
        left.WriteUnits + right.WriteUnits,
        left.ReadUnits + right.ReadUnits);
}
