namespace ChatEvents.Queues;

/// <summary>
/// The time for which a message is ours. It is renewed until the message is settled, or until the lease is lost: SQS says that the receipt
/// is dead, or no renewal succeeded in time. docs/queues.md has timelines of both.
/// </summary>
internal sealed class VisibilityLease
{
    /// <summary>The fraction of the timeout after which it is renewed: late enough to be rare, early enough for several attempts.</summary>
    private const double RenewalPoint = 0.7;

    /// <summary>The fraction of the timeout after which a failed renewal is retried.</summary>
    private const double RetryPoint = 0.05;

    private readonly TimeSpan _timeout;
    private readonly ReceiptRequests _requests;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ended = new();
    private Task _renewing = Task.CompletedTask;

    /// <param name="receipt">Receipt of a message that has just been received.</param>
    /// <param name="timeout">The visibility timeout of the receive.</param>
    /// <param name="requests">Renews it.</param>
    /// <param name="time">The clock.</param>
    public VisibilityLease(Receipt receipt, TimeSpan timeout, ReceiptRequests requests, TimeProvider time)
    {
        (_timeout, _requests, _time) = (timeout, requests, time);
        (Receipt, HiddenUntil) = (receipt, time.GetUtcNow() + timeout);
    }

    /// <summary>The newest receipt; an older one cannot settle the message.</summary>
    public Receipt Receipt { get; private set; }

    /// <summary>When the message becomes visible to others unless the lease is renewed.</summary>
    public DateTimeOffset HiddenUntil { get; private set; }

    public bool IsAlive => Remaining > TimeSpan.Zero;

    private TimeSpan Remaining
    {
        get
        {
            lock (_gate) return HiddenUntil - _time.GetUtcNow();
        }
    }

    /// <summary>Renews the lease from now on; calls <paramref name="lost"/> at most once, and not after the end.</summary>
    public void KeepAlive(Action lost) => _renewing = RenewUntilEndAsync(lost);

    /// <summary>
    /// Takes the receipt of a message that was received again while in hand, which invalidates its older receipt. False if the lease has
    /// ended: then the receipt belongs to a new message.
    /// </summary>
    public bool TryAdopt(Receipt newest)
    {
        lock (_gate)
        {
            if (_ended.IsCancellationRequested) return false;
            (Receipt, HiddenUntil) = (newest, _time.GetUtcNow() + _timeout);
            return true;
        }
    }

    /// <summary>Ends the lease of a settled message; false if there is a newer receipt, which has to be settled too.</summary>
    public bool TryEnd(Receipt settled)
    {
        lock (_gate)
        {
            if (Receipt != settled) return false;
            _ended.Cancel();
            return true;
        }
    }

    /// <summary>
    /// Ends the lease before its message is returned. It waits for a renewal in flight, which could otherwise arrive after the return and
    /// hide the message again.
    /// </summary>
    public async Task<Receipt> EndAsync()
    {
        lock (_gate) _ended.Cancel();
        await _renewing;
        return Receipt;
    }

    private async Task RenewUntilEndAsync(Action lost)
    {
        var pause = _timeout * RenewalPoint;
        while (true)
        {
            await Task.Delay(pause, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_ended.IsCancellationRequested) return;
            var isRenewed = await TryRenewAsync();
            if (!isRenewed && !IsAlive)
            {
                if (!_ended.IsCancellationRequested) lost();
                return;
            }

            pause = isRenewed ? _timeout * RenewalPoint : Shorter(_timeout * RetryPoint, Remaining);
        }
    }

    private async Task<bool> TryRenewAsync()
    {
        var (receipt, asked, remaining) = (Receipt, _time.GetUtcNow(), Remaining);
        if (remaining <= TimeSpan.Zero) return false;
        try
        {
            await _requests.RenewAsync(receipt, _timeout).WaitAsync(remaining, _time);
            HideUntil(asked + _timeout, receipt);
            return true;
        }
        catch (Exception failure) when (failure.IsDeadReceipt())
        {
            HideUntil(asked, receipt);
            return false;
        }
        catch (Exception)
        {
            // SQS cannot be reached, or answers too late. It is retried as long as the lease lasts, and a lost lease is logged.
            return false;
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void HideUntil(DateTimeOffset instant, Receipt receipt)
    {
        lock (_gate)
        {
            if (Receipt == receipt) HiddenUntil = instant;
        }
    }
}
