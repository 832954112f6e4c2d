using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Signing;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>Our signer is held to Amazon's, which knows the rules; ours only knows how to be quick about them.</summary>
public sealed class PostSignerTests
{
    private const string IdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    [Fact]
    public void Thousands_of_random_posts_are_signed_as_Amazon_signs_them()
    {
        var random = new Random(20261121);
        var signer = new PostSigner("eu-central-1");
        for (var i = 0; i < 3_000; i++)
        {
            var endpoint = new CallbackEndpoint(Pick(
                "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
                "https://ws.example.com",
                "https://ws.example.com/base/path",
                "http://localhost:8080/local",
                "http://[::1]:8080/local",
                "http://127.0.0.1:49152/a%20stage/"));
            var id = RandomText(IdAlphabet, 15) + "=";
            var body = new byte[random.Next(0, 2_000)];
            random.NextBytes(body);
            var keys = (Access: RandomText(IdAlphabet, 20), Secret: RandomText(IdAlphabet + "/+", 40));
            var token = random.Next(3) switch { 0 => null, 1 => RandomText(IdAlphabet + "/+=", 300), _ => RandomText(IdAlphabet + "/+=", 1_500) };
            var now = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.NextInt64(20L * 365 * 24 * 3600));
            var method = Pick(HttpMethod.Post, HttpMethod.Delete);

            AssertSignedAlike(signer, endpoint, id, body, new ImmutableCredentials(keys.Access, keys.Secret, token), now, method);
        }

        T Pick<T>(params T[] choices) => choices[random.Next(choices.Length)];
        string RandomText(string alphabet, int length) => new(random.GetItems(alphabet.AsSpan(), length));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("Qv7kLd3mIAMCJw8=")]
    [InlineData("with space/slash?and%percent")]
    [InlineData("umlaut-ä-and-kanji-字")]
    public void Any_connection_id_is_signed_as_Amazon_signs_it(string id) => AssertSignedAlike(
        new PostSigner("eu-central-1"),
        new CallbackEndpoint("https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod"),
        id,
        "Echo: hello"u8.ToArray(),
        new ImmutableCredentials("AKIDEXAMPLE", "secret", null),
        new DateTimeOffset(2026, 11, 21, 23, 59, 59, TimeSpan.Zero),
        HttpMethod.Post);

    [Fact]
    public void A_new_day_and_new_credentials_make_a_new_signing_key()
    {
        var signer = new PostSigner("eu-central-1");
        var endpoint = new CallbackEndpoint("https://ws.example.com");
        var evening = new DateTimeOffset(2026, 11, 21, 23, 59, 59, TimeSpan.Zero);
        foreach (var secret in (string[])["first", "second"])
        {
            var credentials = new ImmutableCredentials("AKIDEXAMPLE", secret, null);
            AssertSignedAlike(signer, endpoint, "a=", [], credentials, evening, HttpMethod.Post);
            AssertSignedAlike(signer, endpoint, "a=", [], credentials, evening.AddSeconds(1), HttpMethod.Post);
        }
    }

    private static void AssertSignedAlike(
        PostSigner signer,
        CallbackEndpoint endpoint,
        string id,
        byte[] body,
        ImmutableCredentials credentials,
        DateTimeOffset now,
        HttpMethod method)
    {
        var escapedId = CallbackEndpoint.Escape(id);
        using var request = GatewayHttp.CreateRequest(method, endpoint.Connections + escapedId, HttpChoice.Negotiated);
        signer.Sign(request, endpoint, escapedId, Convert.ToHexStringLower(SHA256.HashData(body)), credentials, now);

        var theirs = AWSSigV4Signer.Sign(
            new AWSSigningRequest { HttpMethod = method, RequestUri = request.RequestUri, Content = body },
            new AWSSigV4Parameters
            {
                Credentials = credentials.UseToken
                    ? new SessionAWSCredentials(credentials.AccessKey, credentials.SecretKey, credentials.Token)
                    : new BasicAWSCredentials(credentials.AccessKey, credentials.SecretKey),
                Region = RegionEndpoint.EUCentral1,
                Service = "execute-api",
                SignedAt = now.UtcDateTime,
            }).Headers;
        foreach (var name in (string[])["Authorization", "X-Amz-Date", "X-Amz-Content-SHA256", "x-amz-security-token"])
        {
            Assert.Equal(
                theirs.TryGetValue(name, out var value) ? [value] : [],
                request.Headers.TryGetValues(name, out var values) ? values : []);
        }

        Assert.Equal($"{endpoint.Address.AbsolutePath.TrimEnd('/')}/%40connections/{escapedId}", request.RequestUri!.PathAndQuery);
    }
}
