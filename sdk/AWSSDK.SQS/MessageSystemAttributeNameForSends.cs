using Amazon.Runtime;

namespace Amazon.SQS;

public class MessageSystemAttributeNameForSends(string value) : ConstantClass(value)
{
    public static readonly MessageSystemAttributeNameForSends AWSTraceHeader = new("AWSTraceHeader");

    public static MessageSystemAttributeNameForSends FindValue(string value) => FindValue<MessageSystemAttributeNameForSends>(value);

    public static implicit operator MessageSystemAttributeNameForSends(string value) => FindValue(value);
}
