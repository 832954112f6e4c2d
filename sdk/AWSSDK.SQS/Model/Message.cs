namespace Amazon.SQS.Model;

public partial class Message
{
    /// <summary>The system attributes that the receive asked for; null when it asked for none.</summary>
    public Dictionary<string, string> Attributes { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public string Body { get; set; }

    public string MD5OfBody { get; set; }

    public string MD5OfMessageAttributes { get; set; }

    public Dictionary<string, MessageAttributeValue> MessageAttributes { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public string MessageId { get; set; }

    public string ReceiptHandle { get; set; }
}
