namespace Amazon.SQS.Model;

/// <summary>Why one entry of a batch failed; the call as a whole succeeds all the same.</summary>
public partial class BatchResultErrorEntry
{
    public string Code { get; set; }

    public string Id { get; set; }

    public string Message { get; set; }

    public bool? SenderFault { get; set; }
}
