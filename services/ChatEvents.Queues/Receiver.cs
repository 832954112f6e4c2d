using Amazon.SQS;
using Amazon.SQS.Model;

namespace ChatEvents.Queues;

/// <summary>One receive loop of the pump: one long poll after the other, with pauses after failures.</summary>
internal sealed class Receiver(HandledQueue source, QueueUrls urls, ReceiveStatus status)
{
    private string _attemptId = NewAttemptId();
    private int _failuresInARow;

    /// <summary>Up to this many messages; none if nothing arrived, the receive failed, or stopping cancelled it.</summary>
    public async Task<List<Message>> ReceiveAsync(int count, CancellationToken stopping)
    {
        try
        {
            var response = await source.Sqs.ReceiveMessageAsync(await ToRequestAsync(count, stopping), stopping);
            (_attemptId, _failuresInARow) = (NewAttemptId(), 0);
            status.Succeeded();
            return response.Messages ?? [];
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            return [];
        }
        catch (Exception failure)
        {
            var pause = status.Failed(failure, ++_failuresInARow);
            await Task.Delay(pause, source.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return [];
        }
    }

    private async Task<ReceiveMessageRequest> ToRequestAsync(int count, CancellationToken stopping) => new()
    {
        QueueUrl = await urls.OfAsync(source.Queue, stopping),
        MaxNumberOfMessages = count,

        // The first receive, and the first after a failure, does not wait: its answer shows that the queue can be reached.
        WaitTimeSeconds = status.IsReceiving ? (int)source.Options.ReceiveWait.TotalSeconds : 0,
        VisibilityTimeout = (int)source.Options.VisibilityTimeout.TotalSeconds,
        MessageSystemAttributeNames = [MessageSystemAttributeName.All],
        MessageAttributeNames = ["All"],

        // If the answer to a receive is lost, SQS gives the same messages to the next receive with the same attempt id. Otherwise their
        // groups would be locked until the visibility timeout ends. FIFO queues only.
        ReceiveRequestAttemptId = source.IsFifo ? _attemptId : null,
    };

    private static string NewAttemptId() => Guid.NewGuid().ToString();
}
