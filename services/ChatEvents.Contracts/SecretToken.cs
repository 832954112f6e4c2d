using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ChatEvents.Contracts;

/// <summary>
/// A token that a secret signs (HS256), for a laptop and for tests: with it, one can connect where the authorizer has the same secret. Real
/// tokens come from an OpenID Connect provider.
/// </summary>
public sealed record SecretToken
{
    /// <summary>HS256 is only as strong as its secret; RFC 7518 demands as many bytes as the hash has.</summary>
    public const int MinSecretBytes = 32;

    /// <summary>What the local system sets where nothing else is said.</summary>
    public const string LocalAudience = "chat";

    public required string User { get; init; }

    public string? Name { get; init; }

    /// <summary>Rooms that may be joined; null for the default of the authorizer.</summary>
    public IReadOnlyList<string>? Join { get; init; }

    /// <inheritdoc cref="Join"/>
    public IReadOnlyList<string>? Post { get; init; }

    public string? Role { get; init; }

    public required string Audience { get; init; }

    /// <summary>Null where the authorizer asks for none.</summary>
    public string? Issuer { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public string Sign(string secret)
    {
        var signed = $"{Encode("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Encode(Claims())}";
        return $"{signed}.{Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Encode(ReadOnlySpan<byte> part) => Base64Url.EncodeToString(part);

    private byte[] Claims()
    {
        var json = new MemoryStream();
        using (var claims = new Utf8JsonWriter(json))
        {
            claims.WriteStartObject();
            Write("iss", Issuer);
            claims.WriteString("aud", Audience);
            claims.WriteString("sub", User);
            Write("name", Name);
            WriteRooms("chat_join", Join);
            WriteRooms("chat_post", Post);
            Write("chat_role", Role);
            claims.WriteNumber("iat", IssuedAt.ToUnixTimeSeconds());
            claims.WriteNumber("exp", ExpiresAt.ToUnixTimeSeconds());
            claims.WriteEndObject();

            void Write(string name, string? value)
            {
                if (value is not null) claims.WriteString(name, value);
            }

            void WriteRooms(string name, IReadOnlyList<string>? rooms)
            {
                if (rooms is null) return;
                claims.WriteStartArray(name);
                foreach (var room in rooms) claims.WriteStringValue(room);
                claims.WriteEndArray();
            }
        }

        return json.ToArray();
    }
}
