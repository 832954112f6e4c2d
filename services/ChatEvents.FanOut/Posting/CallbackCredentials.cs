using Amazon.Runtime;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// The credentials that posts are signed with, renewed beside the posts: a task role's expire every few hours, and asking the SDK for
/// each post would put its lock and now and then a whole HTTP call into the hot path.
/// </summary>
public sealed partial class CallbackCredentials(AWSCredentials source, TimeProvider time, ILogger<CallbackCredentials> logger)
    : BackgroundService
{
    /// <summary>The SDK renews what expires within 5 minutes; asking every minute leaves four more tries.</summary>
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
        using var period = new PeriodicTimer(RenewalPeriod, time);
        while (await period.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var renewed = await source.GetCredentialsAsync();
                if (!renewed.Equals(_current))
                    _current = renewed; // else the same object stays: the signer compares references
            }
            catch (AmazonClientException failure)
            {
                CannotRenew(failure);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The AWS credentials could not be renewed; the old ones are used for as long as they are valid.")]
    private partial void CannotRenew(Exception failure);
}
