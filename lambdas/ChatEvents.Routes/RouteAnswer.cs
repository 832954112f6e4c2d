using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>
/// What a handler answers, before anybody knows which dialect its client speaks. The status code is for access logs and metrics: the body of
/// a route response becomes one frame, whatever its status.
/// </summary>
/// <param name="StatusCode">An HTTP status.</param>
internal sealed record RouteAnswer(int StatusCode)
{
    /// <summary>Writes the members of the plain dialect, but for the request id; null for no frame.</summary>
    public Action<Utf8JsonWriter>? Plain { get; init; }

    /// <summary>The type of the JSON dialect's frame; null for no frame.</summary>
    public string? Type { get; init; }

    /// <summary>Writes its members other than the type and the client's <c>id</c>; null for none.</summary>
    public Action<Utf8JsonWriter>? Json { get; init; }

    /// <summary>JSON of a correct frame or value, at the end of an error; null for none.</summary>
    public string? Expected { get; init; }

    /// <summary>The same for the JSON dialect.</summary>
    public string? JsonExpected { get; init; }

    /// <summary>Of the answer to a handshake.</summary>
    public Dictionary<string, string>? Headers { get; init; }

    /// <summary>Whether there is anything to say, in one of the dialects.</summary>
    public bool HasFrame => Plain is not null || Type is not null;

    public bool IsError { get; private init; }

    /// <summary>Whether it refuses what only clients send often that mean no good; see <see cref="RefusedFrames"/>.</summary>
    public bool IsNuisance { get; init; }

    /// <summary>No frame.</summary>
    public static RouteAnswer Silent { get; } = new(200);

    /// <param name="type">The type in the JSON dialect.</param>
    /// <param name="write">Writes the members that both dialects have.</param>
    /// <param name="plain">Writes a first member that only the plain dialect has; null for none.</param>
    public static RouteAnswer Of(string type, Action<Utf8JsonWriter> write, Action<Utf8JsonWriter>? plain = null) => new(200)
    {
        Type = type,
        Json = write,
        Plain = json =>
        {
            plain?.Invoke(json);
            write(json);
        },
    };

    /// <param name="statusCode">An HTTP status.</param>
    /// <param name="code">One of <see cref="ErrorCode"/>.</param>
    /// <param name="sentence">For a person.</param>
    /// <param name="expected">JSON of a correct frame or value; null for none.</param>
    /// <param name="jsonExpected">The same for the JSON dialect, where it differs.</param>
    public static RouteAnswer Error(int statusCode, string code, string sentence, string? expected = null, string? jsonExpected = null) =>
        new(statusCode)
        {
            IsError = true,
            IsNuisance = code is ErrorCode.RateLimited or ErrorCode.NotInRoom,
            Plain = json => json.WriteString("error", sentence),
            Type = "error",
            Json = json =>
            {
                json.WriteString("code", code);
                json.WriteString("error", sentence);
                if (code == ErrorCode.RateLimited) json.WriteNumber("retryAfter", RetryAfterSeconds);
            },
            Expected = expected,
            JsonExpected = jsonExpected ?? expected,
        };

    /// <summary>The service that the function needs did not do it: the same frame may do a moment later.</summary>
    public static RouteAnswer Unavailable(string sentence) => Error(503, ErrorCode.Unavailable, sentence);

    /// <summary>All rates are counted by the second.</summary>
    private const int RetryAfterSeconds = 1;
}
