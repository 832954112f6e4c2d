namespace Amazon.Lambda.Core;

/// <summary>Names the serializer of a class-library function, which has no bootstrap of its own to name it.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Assembly, AllowMultiple = false)]
public sealed class LambdaSerializerAttribute(Type serializerType) : Attribute
{
    public Type SerializerType { get; set; } = serializerType;
}
