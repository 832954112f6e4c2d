using System.Globalization;
using ChatEvents.Contracts;
using ChatEvents.LocalGateway.Bills;

namespace ChatEvents.Load.Costs;

/// <summary>What a run will cost on AWS, by the prices and the sums of the local gateway's bill.</summary>
internal static class CostEstimate
{
    /// <summary>As deployed.</summary>
    private const int FunctionMegabytes = 512;

    /// <summary>Of a frame; docs/deploy.md reckons with the same.</summary>
    private const int MillisecondsPerFrame = 70;

    /// <summary>What a message has beside its text when it is heard.</summary>
    private const int PlainFrame = 10, JsonFrame = 300;

    /// <summary>The most that a connect and a disconnect together take: sending, receiving and deleting two messages, none of them batched.</summary>
    private const int QueueRequestsPerClient = 6;

    private const int QueueRequestsPerMessage = 5;

    /// <summary>docs/performance.md: a connect, a membership beside it, and a disconnect.</summary>
    private const decimal ReadsPerClient = 10, WritesPerClient = 10;

    /// <summary>The log, the progress, and who may speak; beside these, the room is read.</summary>
    private const decimal ReadsPerMessage = 3, WritesPerMessage = 4, ReadsPerMember = 150m / 8192;

    public static Bill Of(LoadSettings settings)
    {
        var overhead = settings.Dialect == Dialect.Json ? JsonFrame : PlainFrame;
        var (clients, messages) = ((long)settings.Clients, (long)settings.Messages);
        var heard = (long)Math.Ceiling((decimal)messages * settings.Clients / settings.Rooms);
        var answers = settings.Dialect == Dialect.Json ? messages : 0;
        var length = settings.WarmUp + settings.Length + settings.Patience + TimeSpan.FromSeconds(clients / 2.0 / settings.ConnectRate);
        var usage = new Usage(
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.UnixEpoch + length,
            new MessageUse(messages, messages * Ledger.Units(settings.Bytes + overhead)),
            new MessageUse(heard + answers, (heard * Ledger.Units(settings.Bytes + overhead)) + answers),
            clients,
            clients * (decimal)length.TotalMinutes,
            new Dictionary<string, InvocationUse>
            {
                ["connect"] = InvocationsOf(settings.TokenCommand is null ? clients : 2 * clients), // an authorizer beside it
                ["disconnect"] = InvocationsOf(clients),
                ["onMessage"] = InvocationsOf(messages),
            },
            (long)Math.Ceiling(settings.Rate),
            settings.ConnectRate);
        var other = new OtherUse(
            new QueueUse(clients * QueueRequestsPerClient, messages * QueueRequestsPerMessage),
            new TableUse((clients * ReadsPerClient) + (messages * ReadsPerMessage) + (heard * ReadsPerMember), (clients * WritesPerClient) + (messages * WritesPerMessage)));
        return Bill.For(usage, other, _ => FunctionMegabytes, PriceList.Current);
    }

    public static string Sentence(Bill bill) => string.Create(
        CultureInfo.InvariantCulture,
        $"On AWS ({bill.Region}, prices of {bill.PricesOf}, no free tier) this run costs about {bill.TotalUsd:0.00} USD beside what runs anyway: {string.Join("; ", bill.Charges)}.");

    private static InvocationUse InvocationsOf(long count) => new(count, count * MillisecondsPerFrame);
}
