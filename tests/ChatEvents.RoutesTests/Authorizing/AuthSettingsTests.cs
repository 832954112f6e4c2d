using System.Security.Cryptography;
using ChatEvents.Contracts;
using ChatEvents.Routes;
using ChatEvents.Routes.Authorizing;

namespace ChatEvents.RoutesTests.Authorizing;

public sealed class AuthSettingsTests
{
    private static readonly string PublicKey = TestToken.Rsa.ExportSubjectPublicKeyInfoPem();

    [Fact]
    public void Variables_are_read()
    {
        var settings = AuthSettings.FromEnvironment(name => name switch
        {
            "AUTH_MODE" => "optional",
            "AUTH_ISSUER" => "https://issuer.example.com/",
            "AUTH_AUDIENCE" => "web, phone",
            "AUTH_OPEN_ROOMS" => "false",
            "GUEST_KEY" => "key",
            _ => null,
        });

        Assert.Equal(AuthMode.Optional, settings.Mode);
        Assert.Equal("https://issuer.example.com/", settings.Issuer);
        Assert.Equal(["web", "phone"], settings.Audiences);
        Assert.False(settings.OpenRooms);
        Assert.Equal("key", settings.GuestKey);
        Assert.Null(settings.PublicKey);
        Assert.Null(settings.Secret);
    }

    [Fact]
    public void What_need_not_be_set_has_a_default()
    {
        var settings = Of(("AUTH_SECRET", TestToken.Secret));

        Assert.True(settings.OpenRooms);
        Assert.Equal(GuestId.DefaultKey, settings.GuestKey);
        Assert.Null(settings.Issuer);
    }

    public static TheoryData<string, string?, string> Wrong => new()
    {
        { "AUTH_MODE", null, "AUTH_MODE must be optional or required, but is \"\"." },
        { "AUTH_MODE", "none", "AUTH_MODE must be optional or required, but is \"none\"." },
        { "AUTH_MODE", "Required", "AUTH_MODE must be optional or required, but is \"Required\"." },
        { "AUTH_AUDIENCE", " , ", "AUTH_AUDIENCE must be set: without it a token for any other application would do." },
        { "AUTH_ISSUER", null, "AUTH_ISSUER, AUTH_PUBLIC_KEY or AUTH_SECRET must be set, to say whose tokens count." },
        { "AUTH_ISSUER", "http://issuer.example.com", "AUTH_ISSUER must be an https URL without query (http only on this machine), but is \"http://issuer.example.com\"." },
        { "AUTH_ISSUER", "issuer", "AUTH_ISSUER must be an https URL without query (http only on this machine), but is \"issuer\"." },
        { "AUTH_ISSUER", "https://i.example.com/?a=b", "AUTH_ISSUER must be an https URL without query (http only on this machine), but is \"https://i.example.com/?a=b\"." },
        { "AUTH_OPEN_ROOMS", "yes", "AUTH_OPEN_ROOMS must be true or false, but is \"yes\"." },
        { "AUTH_SECRET", "short", "AUTH_SECRET must have at least 32 bytes, but has 5." },
        { "AUTH_PUBLIC_KEY", "not PEM", "AUTH_PUBLIC_KEY must be public keys as PEM, but has no PEM block." },
        { "AUTH_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "AUTH_PUBLIC_KEY must be RSA or elliptic curve public keys as PEM, but its PUBLIC KEY is neither." },
        { "AUTH_PUBLIC_KEY", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "AUTH_PUBLIC_KEY must be RSA or elliptic curve public keys as PEM, but its CERTIFICATE is neither." },
        { "AUTH_PUBLIC_KEY", TestToken.Rsa.ExportPkcs8PrivateKeyPem(), "AUTH_PUBLIC_KEY is a private key; only its public part belongs here." },
        { "AUTH_PUBLIC_KEY", RSA.Create(1024).ExportSubjectPublicKeyInfoPem(), "AUTH_PUBLIC_KEY must be an RSA key of at least 2048 bits, but has 1024." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_variable_that_makes_no_sense_is_named(string name, string? value, string sentence)
    {
        var wrong = Assert.Throws<InvalidSettingException>(() => Of(("AUTH_ISSUER", "https://issuer.example.com"), (name, value)));

        Assert.Equal(sentence, wrong.Message);
    }

    [Fact]
    public void There_is_one_kind_of_key()
    {
        var wrong = Assert.Throws<InvalidSettingException>(() => Of(("AUTH_SECRET", TestToken.Secret), ("AUTH_PUBLIC_KEY", PublicKey)));

        Assert.Equal("AUTH_PUBLIC_KEY and AUTH_SECRET exclude each other; set one of them.", wrong.Message);
    }

    [Theory]
    [InlineData("one line")]
    [InlineData("two keys")]
    [InlineData("certificate")]
    [InlineData("elliptic curve")]
    public void Public_keys_may_be_written_in_several_ways(string way)
    {
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=issuer", TestToken.Rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));

        Of(("AUTH_PUBLIC_KEY", way switch
        {
            "one line" => PublicKey.Replace("\n", "\\n", StringComparison.Ordinal),
            "two keys" => $"{PublicKey}\n{TestToken.OtherRsa.ExportSubjectPublicKeyInfoPem()}",
            "certificate" => certificate.ExportCertificatePem(),
            _ => TestToken.EllipticCurve.ExportSubjectPublicKeyInfoPem(),
        }));
    }

    [Fact]
    public void Keys_may_be_named_by_where_they_are_kept()
    {
        Of(("AUTH_PUBLIC_KEY", "arn:aws:ssm:eu-central-1:111122223333:parameter/chat/public-key"));
        Of(("AUTH_SECRET", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:chat-AbCdEf"));
    }

    private static AuthSettings Of(params (string Name, string? Value)[] variables) => AuthSettings.FromEnvironment(asked =>
        variables.LastOrDefault(variable => variable.Name == asked) is { Name: not null } found ? found.Value
        : asked switch { "AUTH_MODE" => "required", "AUTH_AUDIENCE" => "chat", _ => null });
}
