namespace Amazon.Lambda.Serialization.SystemTextJson;

/// <summary>An event or a response does not fit its type.</summary>
public class JsonSerializerException : Exception
{
    public JsonSerializerException(string message)
        : base(message)
    {
    }

    public JsonSerializerException(string message, Exception exception)
        : base(message, exception)
    {
    }
}
