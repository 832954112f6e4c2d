using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

/// <summary>What a token of a secret says; that the authorizer takes it is tested there.</summary>
public sealed class SecretTokenTests
{
    private const string Secret = "a secret of at least 32 characters";

    private static readonly DateTimeOffset Issued = DateTimeOffset.FromUnixTimeSeconds(1_795_262_400);

    [Fact]
    public void A_token_says_everything_that_it_was_made_with() => Assert.Equal(
        """{"iss":"https://issuer","aud":"chat","sub":"ada","name":"Ada","chat_join":["blue","team-*"],"chat_post":[],"chat_role":"moderator","iat":1795262400,"exp":1795266000}""",
        ClaimsOf(new SecretToken
        {
            User = "ada",
            Name = "Ada",
            Join = ["blue", "team-*"],
            Post = [],
            Role = "moderator",
            Audience = "chat",
            Issuer = "https://issuer",
            IssuedAt = Issued,
            ExpiresAt = Issued.AddHours(1),
        }));

    [Fact]
    public void What_is_not_given_is_not_said() => Assert.Equal(
        """{"aud":"chat","sub":"ada","iat":1795262400,"exp":1795266000}""",
        ClaimsOf(new SecretToken { User = "ada", Audience = "chat", IssuedAt = Issued, ExpiresAt = Issued.AddHours(1) }));

    private static string ClaimsOf(SecretToken token)
    {
        var parts = token.Sign(Secret).Split('.');
        Assert.Equal(3, parts.Length);
        Assert.Equal("""{"alg":"HS256","typ":"JWT"}""", Text(parts[0]));
        Assert.Equal(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}")), Base64Url.DecodeFromChars(parts[2]));
        return Text(parts[1]);
    }

    private static string Text(string part) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(part));
}
