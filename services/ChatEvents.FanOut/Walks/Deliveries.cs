using ChatEvents.FanOut.Delivering;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Walks;

/// <summary>What all walks of this worker deliver by.</summary>
public sealed class Deliveries(
    FirstPosts posts,
    LateDeliveries late,
    OwedDeliveries owed,
    LateMessages lateMessages,
    CatchUpLedger ledger,
    PostRate rate,
    IOptions<FanOutOptions> options,
    TimeProvider time)
{
    private readonly FanOutOptions _options = options.Value;

    public FirstPosts Posts => posts;

    public LateDeliveries Late => late;

    public OwedDeliveries Owed => owed;

    public LateMessages LateMessages => lateMessages;

    public CatchUpLedger Ledger => ledger;

    public PostRate Rate => rate;

    public TimeProvider Time => time;

    /// <summary>Part of a page: together with two stretches of a walk, it is what a crash repeats at most.</summary>
    public int UnsavedLanes => _options.UnsavedLanes;

    /// <summary>
    /// Whether more waits for a connection than is good for it: one that reconnects is better off. A newborn reads nothing yet, and
    /// that is no fault of its own.
    /// </summary>
    public bool IsTooMuch(Lane lane, Debt debt) =>
        (debt.Messages + lane.Messages > _options.ParkedMessages || debt.Bytes + lane.Bytes > _options.ParkedBytes)
        && !lane.Connection.IsInHandshake(time.GetUtcNow());
}
