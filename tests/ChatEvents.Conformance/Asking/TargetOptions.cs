using ChatEvents.Conformance.Wire;

namespace ChatEvents.Conformance.Asking;

/// <summary>What the target consists of. Only <see cref="Main"/> is needed; what else is missing cannot be asked about.</summary>
internal sealed record TargetOptions
{
    /// <summary>
    /// An API without an authorizer: routes <c>$connect</c>, <c>$disconnect</c>, <c>one</c>, <c>two</c>, <c>5</c> and <c>$default</c>, of which
    /// <c>two</c> has a route response; selection by <c>$request.body.action</c>; the stage variable <c>color</c> is <c>blue</c>.
    /// </summary>
    public required Uri Main { get; init; }

    /// <summary>The management API of <see cref="Main"/>, without <c>/@connections</c>. Default: the same address by http.</summary>
    public Uri? Management { get; init; }

    /// <summary>The same API with an authorizer whose identity source is <c>route.request.querystring.auth</c>, and without stage variables.</summary>
    public Uri? Authorized { get; init; }

    /// <summary>An API with the routes <c>chat/join</c> and <c>/join</c> only, selection by <c>${request.body.service}/${request.body.action}</c>.</summary>
    public Uri? Bare { get; init; }

    /// <summary>The API of <see cref="Main"/> with clocks that make it possible to wait: see the next three.</summary>
    public Uri? Fast { get; init; }

    /// <summary>What ten minutes without a message are there.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What two hours are there.</summary>
    public TimeSpan Life { get; init; } = TimeSpan.FromHours(2);

    /// <summary>What the 29 seconds of an integration are there.</summary>
    public TimeSpan IntegrationTimeout { get; init; } = TimeSpan.FromSeconds(29);

    /// <summary>The API of <see cref="Main"/> in an account that allows two connects and five requests at once.</summary>
    public Uri? Throttled { get; init; }

    /// <summary>Whose signature calls of the management API have. Default: they have none.</summary>
    public SigningKeys? Signing { get; init; }

    /// <summary>The connection to which deployed functions report.</summary>
    public string? Observer { get; init; }

    public string UserAgent => Observer is null ? "conformance/1" : $"conformance/1 observer/{Observer}";

    /// <summary>Whether an answer of a function reaches the gateway as the suite wrote it, also one that is no JSON.</summary>
    public bool AnswersAreRaw { get; init; } = true;

    /// <summary>How long a rule waits for what it expects. Default 5 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    public Uri ManagementOf(Uri api) => api == Main && Management is not null
        ? Management
        : new UriBuilder(api) { Scheme = api.Scheme == "wss" ? "https" : "http" }.Uri;
}
