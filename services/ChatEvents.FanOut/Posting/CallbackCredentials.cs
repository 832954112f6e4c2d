using Amazon.Runtime;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// The credentials that posts are signed with, renewed beside the posts: a task role's expire every few hours, and asking the SDK for
/// each post would put its lock and now and then a whole HTTP call into the hot path.
/// </summary>
public sealed partial class CallbackCredentials(AWSCredentials source, TimeProvider time, ILogger<CallbackCredentials> logger)
    : BackgroundService
{
    /// <summary>
    /// Asked for keys that expire within 15 minutes (those of a task role; 5 minutes where a role is assumed), the SDK gives them out still
    /// and fetches new ones in the background, which the next asking gets. So a fetch that fails has more than ten tries left, of which the
    /// SDK says nothing; only when the keys have expired does asking fail. Those of a function or a user do not change.
    /// </summary>
    private static readonly TimeSpan RenewalPeriod = TimeSpan.FromMinutes(1);

    private volatile ImmutableCredentials? _current;

    public ImmutableCredentials Current =>
        _current ?? throw new InvalidOperationException("The credentials are not there until the host has started.");

    /// <summary>Without credentials no post can succeed, so the worker does not start either.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _current = await source.GetCredentialsAsync();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isFailing = false;
        using var period = new PeriodicTimer(RenewalPeriod, time);
        while (await period.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var renewed = await source.GetCredentialsAsync();
                if (!renewed.Equals(_current))
                    _current = renewed; // else the same object stays: the signer compares references
                isFailing = false;
            }
            catch (Exception failure)
            {
                // Each source of credentials has exceptions of its own, and none is a reason to end the host: gateways may accept the old
                // keys for a while, and the next try may succeed.
                if (!isFailing) CannotRenew(failure);
                isFailing = true;
            }
        }
    }

    [LoggerMessage(
        LogLevel.Warning, "The AWS credentials could not be renewed; the old ones stay in use, and it is tried again every minute.")]
    private partial void CannotRenew(Exception failure);
}
