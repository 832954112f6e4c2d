using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ChatEvents.RoutesTests.Authorizing;

/// <summary>
/// A token put together by hand, so that it can be wrong in any way: by default one for ada that is right, and that RS256 signs.
/// </summary>
internal sealed record TestToken
{
    public const string Issuer = "https://issuer.example.com/";
    public const string Audience = "chat";
    public const string Secret = "a secret of more than thirty-two bytes";

    /// <summary>Keys are slow to make.</summary>
    public static RSA Rsa { get; } = RSA.Create(2048);

    public static RSA OtherRsa { get; } = RSA.Create(2048);

    public static ECDsa EllipticCurve { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public JsonObject Header { get; init; } = new() { ["alg"] = "RS256", ["typ"] = "JWT", ["kid"] = "one" };

    /// <summary>The claims; the times are those of <see cref="At"/>.</summary>
    public required JsonObject Claims { get; init; }

    public Func<byte[], byte[]> Sign { get; init; } = By(Rsa);

    /// <summary>A right token at an instant.</summary>
    public static TestToken At(DateTimeOffset now, string user = "ada") => new()
    {
        Claims = new()
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["sub"] = user,
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
        },
    };

    public static Func<byte[], byte[]> By(RSA key) => data => key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public static Func<byte[], byte[]> BySecret(byte[] secret) => data => HMACSHA256.HashData(secret, data);

    /// <summary>The same with a claim; null takes it away.</summary>
    public TestToken With(string claim, JsonNode? value)
    {
        var claims = Claims.DeepClone().AsObject();
        if (value is null) claims.Remove(claim);
        else claims[claim] = value;
        return this with { Claims = claims };
    }

    /// <summary>The same with a member of the header; null takes it away.</summary>
    public TestToken WithHeader(string member, JsonNode? value)
    {
        var header = Header.DeepClone().AsObject();
        if (value is null) header.Remove(member);
        else header[member] = value;
        return this with { Header = header };
    }

    public TestToken Signed(string algorithm, Func<byte[], byte[]> sign) => WithHeader("alg", algorithm) with { Sign = sign };

    public override string ToString() => Of(Header.ToJsonString(), Claims.ToJsonString(), Sign);

    public static string Of(string header, string claims, Func<byte[], byte[]> sign)
    {
        var signed = $"{Part(header)}.{Part(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
