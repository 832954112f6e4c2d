using System.Globalization;

namespace ChatEvents.LocalGateway.Bills;

/// <summary>What AWS would charge for a usage, without a free tier, without data transfer, and without what nobody counts.</summary>
internal sealed record Bill(Usage Usage, OtherUse? Other, IReadOnlyList<Charge> Charges, decimal TotalUsd, string Region, string PricesOf)
{
    private const decimal Million = 1_000_000;

    /// <param name="usage">Of the gateway and its functions.</param>
    /// <param name="other">Of other services; null if there are none.</param>
    /// <param name="memoryOf">The megabytes of a function.</param>
    /// <param name="prices">What each costs.</param>
    public static Bill For(Usage usage, OtherUse? other, Func<string, int> memoryOf, PriceList prices)
    {
        var invocations = usage.Functions.Values.Sum(use => use.Invocations);
        var gigabyteSeconds = usage.Functions.Sum(function => function.Value.Milliseconds * memoryOf(function.Key)) / 1024m / 1000m;
        Charge[] charges =
        [
            Charge.Of("messages of 32 KB, in and out", usage.In.Units + usage.Out.Units, prices.PerMillionMessages / Million),
            Charge.Of("connection minutes", usage.ConnectionMinutes, prices.PerMillionConnectionMinutes / Million),
            Charge.Of("invocations of functions", invocations, prices.PerMillionInvocations / Million),
            Charge.Of("GB seconds of functions", gigabyteSeconds, prices.PerGigabyteSecond),
            .. Of(other?.Queues, prices),
            .. Of(other?.Tables, prices),
        ];
        return new Bill(usage, other, charges, charges.Sum(charge => charge.Usd), prices.Region, prices.Date);
    }

    private static IEnumerable<Charge> Of(QueueUse? use, PriceList prices) => use is null ? [] :
    [
        Charge.Of("requests of SQS", use.Requests, prices.PerMillionQueueRequests / Million),
        Charge.Of("requests of FIFO queues", use.FifoRequests, prices.PerMillionFifoQueueRequests / Million),
    ];

    private static IEnumerable<Charge> Of(TableUse? use, PriceList prices) => use is null ? [] :
    [
        Charge.Of("read units of DynamoDB", use.ReadUnits, prices.PerMillionReadUnits / Million),
        Charge.Of("write units", use.WriteUnits, prices.PerMillionWriteUnits / Million),
    ];

    /// <summary>For the end of a run.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"On AWS ({Region}, prices of {PricesOf}) this run would have cost ${TotalUsd:0.000000}: {string.Join("; ", Charges)}. " +
        $"Most in one second: {Usage.PeakRequestsPerSecond} requests, {Usage.PeakConnectsPerSecond} connects");
}

internal sealed record Charge(string What, decimal Quantity, decimal UsdEach, decimal Usd)
{
    public static Charge Of(string what, decimal quantity, decimal usdEach) => new(what, quantity, usdEach, quantity * usdEach);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Quantity:0.###} {What} ${Usd:0.000000}");
}
