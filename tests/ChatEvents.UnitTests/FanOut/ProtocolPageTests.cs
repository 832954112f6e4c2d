using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Rendering;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>The frames of workers that docs/protocol.md shows. Those of route functions are tested beside them.</summary>
public sealed class ProtocolPageTests
{
    private const string Epoch = "1795260900000-3fk2a9";

    private static readonly DateTimeOffset At = new(2026, 11, 21, 11, 35, 1, 242, TimeSpan.Zero);

    [Fact]
    public void Each_example_frame_of_a_worker_is_one_that_it_sends()
    {
        string[] sent =
        [
            Message(42, posted => posted with { User = "ada", Name = "Ada", Data = """{"colour":"red"}""" }),
            Message(43, posted => posted with { Guest = "guest-3fk2a9" }),
            Message(44, posted => posted with { Server = "billing" }),
            JsonFrame.OfRemoval("blue", 42),
            JsonFrame.OfRemovalDone(new() { ConnectionId = "a=", Room = "blue", Seq = 42, FrameId = "7", RequestId = "r", RemovedAt = At }),
            new ErrorFrame(ErrorCode.RateLimited, "You send more than 10 messages a second; this one was not delivered. Wait a second.")
            {
                MessageId = "m42=",
                RetryAfterSeconds = 1,
            }.In(Dialect.Json),
            new ErrorFrame(ErrorCode.Forbidden, "Your token is over; connect again with a new one.").In(Dialect.Json),
        ];

        Assert.Equal(
            sent.Order(StringComparer.Ordinal),
            File.ReadAllLines(Path.Combine(FolderOfThisFile(), "..", "..", "..", "docs", "protocol.md"))
                .Where(line => line.StartsWith("{\"type\":", StringComparison.Ordinal) && IsOfWorker(JsonNode.Parse(line)!))
                .Order(StringComparer.Ordinal));
    }

    private static string Message(long seq, Func<MessagePosted, MessagePosted> from) => JsonFrame.OfMessage(
        from(new()
        {
            MessageId = $"m{seq}=",
            ConnectionId = "a=",
            Room = "blue",
            Message = $"number {seq}",
            PostedAt = At.AddSeconds(seq),
        }),
        Epoch,
        seq);

    private static bool IsOfWorker(JsonNode frame) => (string?)frame["type"] switch
    {
        "message" or "removed" => true,
        "error" => frame["requestId"] is null,
        _ => false,
    };

    private static string FolderOfThisFile([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
