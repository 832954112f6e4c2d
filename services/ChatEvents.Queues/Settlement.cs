using ChatEvents.Contracts;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Queues;

/// <summary>Settles messages after their work: deletes those that are done and returns the others.</summary>
internal sealed class Settlement(HandledQueue source, ReceiptRequests requests, MessagesInHand inHand)
{
    /// <summary>How often a delete is tried while the lease lasts, each time with the SDK's own retries. Arbitrary.</summary>
    private const int MaxDeletes = 4;

    /// <summary>Between two tries of a delete.</summary>
    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(200));

    private readonly ILogger _log = source.Log;

    public Task SettleAsync(HeldMessage held, WorkOutcome outcome) => outcome switch
    {
        WorkOutcome.Done => DeleteAsync(held),
        WorkOutcome.Failed => ReturnAsync(held, source.Options.ReturnDelayAfter(held.Message.ReceiveCount, source.Jitter)),
        _ => ReturnAsync(held, TimeSpan.Zero),
    };

    private async Task DeleteAsync(HeldMessage held)
    {
        Receipt deleted;
        do
        {
            deleted = held.Lease.Receipt;
            await DeleteAsync(held, deleted);
        }
        while (!held.Lease.TryEnd(deleted));

        inHand.Remove(held);
    }

    private async Task DeleteAsync(HeldMessage held, Receipt receipt)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await requests.DeleteAsync(receipt);
                return;
            }
            catch (Exception failure) when (failure.IsDeadReceipt())
            {
                // A receipt dies when the message is received again, so this is expected after a lost lease. The other receiver owns
                // the message now; logging it as an error would page someone for nothing.
                Log.ReceiptDied(_log, held.Message.MessageId);
                return;
            }
            catch (Exception) when (attempt < MaxDeletes && held.Lease.IsAlive)
            {
                await Task.Delay(Backoff.After(attempt, source.Jitter), source.Time);
            }
            catch (Exception failure)
            {
                Log.DeleteFailed(_log, held.Message.MessageId, failure);
                return;
            }
        }
    }

    public async Task ReturnAsync(HeldMessage held, TimeSpan delay)
    {
        var receipt = await held.Lease.EndAsync();

        // Before the request, because afterwards the same message may be received again, as a new one.
        inHand.Remove(held);
        if (!held.Lease.IsAlive) return;
        try
        {
            await requests.ReturnAsync(receipt, delay);
        }
        catch (Exception failure) when (failure.IsDeadReceipt())
        {
            Log.ReceiptDied(_log, held.Message.MessageId);
        }
        catch (Exception failure)
        {
            Log.ReturnFailed(_log, held.Message.MessageId, held.Lease.HiddenUntil, failure);
        }
    }
}
