using Amazon.DynamoDBv2;
using Amazon.SQS;

namespace ChatEvents.Routes;

/// <summary>Makes the AWS clients of a function, each only if and when the function needs it: a cold start pays for whatever is loaded.</summary>
public sealed record RouteClients(Func<IAmazonSQS> Sqs, Func<IAmazonDynamoDB> DynamoDb);
