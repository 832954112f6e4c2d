namespace Amazon.SQS.Model;

public partial class MessageAttributeValue
{
    /// <summary>Reserved by SQS, never sent.</summary>
    public List<MemoryStream> BinaryListValues { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public MemoryStream BinaryValue { get; set; }

    public string DataType { get; set; }

    /// <summary>Reserved by SQS, never sent.</summary>
    public List<string> StringListValues { get; set; } = AWSConfigs.InitializeCollections ? [] : null;

    public string StringValue { get; set; }
}
