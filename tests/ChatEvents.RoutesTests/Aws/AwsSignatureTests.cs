using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Signing;
using ChatEvents.Routes.Aws;

namespace ChatEvents.RoutesTests.Aws;

/// <summary>Our signature must equal that of Amazon's own code.</summary>
public sealed class AwsSignatureTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+=";

    [Fact]
    public void Thousands_of_random_calls_are_signed_as_Amazon_signs_them()
    {
        var random = new Random(20261121);
        for (var i = 0; i < 3_000; i++)
        {
            var region = Pick("eu-central-1", "us-east-1", "ap-southeast-2", "cn-north-1");
            var (service, target) = Pick(
                ("sqs", "AmazonSQS.SendMessage"), ("sqs", "AmazonSQS.GetQueueUrl"), ("dynamodb", "DynamoDB_20120810.GetItem"));
            var url = Pick(
                $"https://{service}.{region}.amazonaws.com", "http://localhost:4566", "http://127.0.0.1:49152/", "https://proxy.example.com/a/b%20c/");
            var content = new byte[random.Next(0, 2_000)];
            random.NextBytes(content);
            var token = random.Next(3) switch { 0 => null, 1 => RandomText(300), _ => RandomText(1_500) };
            var keys = new AwsKeys(RandomText(20), RandomText(40), token);
            var now = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.NextInt64(20L * 365 * 24 * 3600));

            var ours = AwsSignature.Of(new AwsEndpoint(service, region, new Uri(url)), target, content, keys, now);

            var theirs = Sign(service, region, url, target, content, keys, now);
            Assert.Equal(theirs["Authorization"], ours.Authorization);
            Assert.Equal(theirs["X-Amz-Date"], ours.Timestamp);
            Assert.Equal(theirs["X-Amz-Content-SHA256"], ours.ContentHash);
        }

        T Pick<T>(params T[] choices) => choices[random.Next(choices.Length)];
        string RandomText(int length) => new(random.GetItems(Alphabet.AsSpan(), length));
    }

    private static IDictionary<string, string> Sign(
        string service, string region, string url, string target, byte[] content, AwsKeys keys, DateTimeOffset now)
    {
        var request = new AWSSigningRequest { HttpMethod = HttpMethod.Post, RequestUri = new Uri(url), Content = content };
        request.Headers.Add("X-Amz-Target", target);
        return AWSSigV4Signer.Sign(
            request,
            new AWSSigV4Parameters
            {
                Credentials = keys.SessionToken is null
                    ? new BasicAWSCredentials(keys.AccessKeyId, keys.SecretAccessKey)
                    : new SessionAWSCredentials(keys.AccessKeyId, keys.SecretAccessKey, keys.SessionToken),
                Region = RegionEndpoint.GetBySystemName(region),
                Service = service,
                SignedAt = now.UtcDateTime,
            }).Headers;
    }
}
