namespace Amazon.Lambda.Core;

/// <summary>The Cognito identity that invoked the function. API Gateway and SQS have none, so it is not read.</summary>
public interface ICognitoIdentity
{
    string? IdentityId { get; }

    string? IdentityPoolId { get; }
}
