using System.Net.Sockets;
using System.Text;
using Amazon.SQS.Model;

namespace ChatEvents.ProtocolTests.Queues;

/// <summary>What the emulator is taught about receivers that die, because a developer restarts workers all day.</summary>
public sealed class HungUpReceiveTests(EmulatorsFixture emulators)
{
    [Fact(Timeout = 60_000)]
    public async Task A_message_does_not_vanish_into_the_long_poll_of_a_receiver_that_is_gone()
    {
        Assert.SkipWhen(EmulatorsFixture.IsSqsNamed, "The environment names an SQS server of its own.");
        var cancellation = TestContext.Current.CancellationToken;
        using var sqs = emulators.CreateSqs();
        var queue = (await sqs.CreateQueueAsync(EmulatorsFixture.Unique("hung-up"), cancellation)).QueueUrl;
        await BeginToReceiveAndHangUpAsync(queue, cancellation);

        await sqs.SendMessageAsync(queue, "still there", cancellation);

        var received = await sqs.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = queue, WaitTimeSeconds = 10 }, cancellation);
        Assert.Equal("still there", Assert.Single(received.Messages).Body);
    }

    private async Task BeginToReceiveAndHangUpAsync(string queue, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(emulators.SqsUrl.Host, emulators.SqsUrl.Port, cancellation);
            var body = $$"""{"QueueUrl":"{{queue}}","WaitTimeSeconds":20}""";
            await socket.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"POST / HTTP/1.1\r\nHost: {emulators.SqsUrl.Authority}\r\nContent-Type: application/x-amz-json-1.0\r\n"
                    + $"X-Amz-Target: AmazonSQS.ReceiveMessage\r\nContent-Length: {body.Length}\r\n\r\n{body}"),
                cancellation);
            await LetTheServerCatchUpAsync();
        }

        await LetTheServerCatchUpAsync();

        // It works on one thread, so once it has answered something that was asked later, it has seen what came before. Several times,
        // because a server looks at the connections that have news in any order.
        async Task LetTheServerCatchUpAsync()
        {
            for (var i = 0; i < 5; i++)
            {
                using var health = await http.GetAsync(new Uri(emulators.SqsUrl, "/health"), cancellation);
            }
        }
    }
}
