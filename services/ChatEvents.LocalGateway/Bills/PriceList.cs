using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatEvents.LocalGateway.Bills;

/// <summary>
/// What AWS charges in one region, in US dollars, from <c>prices.json</c>. First tiers only: a test run does not reach a billion messages.
/// </summary>
internal sealed record PriceList(
    string Region,
    string Date,
    IReadOnlyDictionary<string, string> Sources,
    decimal PerMillionMessages,
    decimal PerMillionConnectionMinutes,
    decimal PerMillionInvocations,
    decimal PerGigabyteSecond,
    decimal PerMillionQueueRequests,
    decimal PerMillionFifoQueueRequests,
    decimal PerMillionReadUnits,
    decimal PerMillionWriteUnits)
{
    public static PriceList Current { get; } = Read();

    private static PriceList Read()
    {
        using var file = typeof(PriceList).Assembly.GetManifestResourceStream("prices.json")!;
        return JsonSerializer.Deserialize(file, BillJson.Default.PriceList)!;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PriceList))]
[JsonSerializable(typeof(Bill))]
internal sealed partial class BillJson : JsonSerializerContext;
