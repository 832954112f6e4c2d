using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.FanOut.Parts;

public sealed class UndeliveredMessagesTests : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly FakeTime _time = new();
    private readonly RecordingLog _log = new();
    private readonly LoggerFactory _loggers;
    private readonly UndeliveredMessages _undelivered;

    public UndeliveredMessagesTests()
    {
        _loggers = new LoggerFactory([_log]);
        _undelivered = new UndeliveredMessages(_time, _loggers.CreateLogger<UndeliveredMessages>());
    }

    public void Dispose()
    {
        _undelivered.Dispose();
        _loggers.Dispose();
    }

    [Fact]
    public void A_message_that_reached_everybody_is_not_logged()
    {
        _undelivered.Report(Failed("m1", 0), isLast: true);
        _time.Advance(Quiet);

        Assert.Empty(_log.Entries);
    }

    [Fact]
    public void The_last_report_is_logged_at_once()
    {
        _undelivered.Report(Failed("m1", 2), isLast: true);

        Assert.Equal([Line("m1", 2)], _log.Lines);
        _time.Advance(Quiet);
        Assert.Single(_log.Entries);
    }

    [Fact]
    public void Others_are_gathered_until_there_were_none_for_a_while()
    {
        _undelivered.Report(Failed("m1", 1), isLast: false);
        _time.Advance(Quiet - TimeSpan.FromTicks(1));
        _undelivered.Report(Failed("m1", 2), isLast: false);
        _undelivered.Report(Failed("m2", 1), isLast: false);
        _time.Advance(Quiet - TimeSpan.FromTicks(1));
        Assert.Empty(_log.Entries);

        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal([Line("m1", 3), Line("m2", 1)], _log.Lines.Order());
    }

    [Fact]
    public void What_comes_after_a_line_has_a_line_of_its_own()
    {
        _undelivered.Report(Failed("m1", 1), isLast: false);
        _time.Advance(Quiet);
        _undelivered.Report(Failed("m1", 4), isLast: false);
        _time.Advance(Quiet);

        Assert.Equal([Line("m1", 1), Line("m1", 4)], _log.Lines);
    }

    [Fact]
    public void A_worker_that_ends_logs_what_it_has_gathered()
    {
        _undelivered.Report(Failed("m1", 1), isLast: false);
        _undelivered.Report(Failed("m2", 2), isLast: false);

        _undelivered.Dispose();

        Assert.Equal([Line("m1", 1), Line("m2", 2)], _log.Lines.Order());
    }

    private static string Line(string id, int connections) =>
        $"Warning: Message {id} was not delivered to {connections} connections after all retries; the first: Failed 502 at c0=";

    private static RoomMessage Failed(string id, int connections)
    {
        var message = BlueMessage.Of(id);
        for (var number = 0; number < connections; number++)
            message.Tally.CountUndelivered($"c{number}=", new Delivery(DeliveryOutcome.Failed, Reason: "502"));
        return message;
    }
}
