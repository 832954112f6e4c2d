using Amazon.Runtime;
using ChatEvents.FanOut.Posting;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.FanOut;

public sealed class CallbackCredentialsTests : IAsyncLifetime
{
    private static readonly TimeSpan RenewalPeriod = TimeSpan.FromMinutes(1);

    private readonly FakeTime _time = new();
    private readonly RecordingLog _log = new();
    private readonly ChangingCredentials _source = new();
    private readonly LoggerFactory _logging = new();
    private readonly CallbackCredentials _credentials;

    public CallbackCredentialsTests()
    {
        _logging.AddProvider(_log);
        _credentials = new CallbackCredentials(_source, _time, _logging.CreateLogger<CallbackCredentials>());
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _credentials.StartAsync(Cancellation);

    public async ValueTask DisposeAsync()
    {
        await _credentials.StopAsync(CancellationToken.None);
        _credentials.Dispose();
        _logging.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task New_keys_are_used_from_the_next_minute_on()
    {
        Assert.Equal("first", _credentials.Current.AccessKey);

        _source.Key = "second";
        await AskAsync(TestContext.Current.CancellationToken);

        Assert.Equal("second", _credentials.Current.AccessKey);
    }

    [Fact(Timeout = 60_000)]
    public async Task Keys_that_have_not_changed_stay_the_same_object()
    {
        var before = _credentials.Current;

        await AskAsync(TestContext.Current.CancellationToken);

        Assert.Same(before, _credentials.Current);
    }

    public static TheoryData<Exception> Failures =>
    [
        new AmazonClientException("no role"),
        new AmazonServiceException("Unable to retrieve credentials"),
        new HttpRequestException("Connection refused"),
        new OperationCanceledException("timed out"),
        new InvalidOperationException("the token's file is broken"),
    ];

    [Theory(Timeout = 60_000, DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Failures))]
    public async Task A_renewal_that_fails_is_said_once_and_tried_again_with_the_old_keys_in_use(Exception failure)
    {
        var cancellation = TestContext.Current.CancellationToken;
        _source.Failure = failure;
        await AskAsync(cancellation);

        Assert.Equal("first", _credentials.Current.AccessKey);
        Assert.False(_credentials.ExecuteTask!.IsCompleted); // else the host would stop
        Assert.Single(_log.Lines, line => line.Contains("could not be renewed", StringComparison.Ordinal));

        (_source.Failure, _source.Key) = (null, "second");
        await AskAsync(cancellation);
        Assert.Equal("second", _credentials.Current.AccessKey);
    }

    /// <summary>Two minutes pass: when it is asked for the second time, the first is over.</summary>
    private async Task AskAsync(CancellationToken cancellation)
    {
        for (var asks = _source.Asks; _source.Asks < asks + 2;)
        {
            var before = _source.Asks;
            await _time.AdvanceToTimerAsync(RenewalPeriod, cancellation);
            await Patiently.UntilAsync("the renewal", () => _source.Asks > before, cancellation);
        }
    }

    /// <summary>Where keys come from, and sometimes not.</summary>
    private sealed class ChangingCredentials : AWSCredentials
    {
        private int _asks;

        public string Key { get; set; } = "first";

        public Exception? Failure { get; set; }

        public int Asks => Volatile.Read(ref _asks);

        public override ImmutableCredentials GetCredentials()
        {
            Interlocked.Increment(ref _asks);
            return Failure is null ? new ImmutableCredentials(Key, "secret", token: null) : throw Failure;
        }
    }
}
