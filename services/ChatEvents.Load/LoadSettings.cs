using ChatEvents.Contracts;

namespace ChatEvents.Load;

/// <summary>What the command line says.</summary>
internal sealed record LoadSettings
{
    /// <summary>AWS's default quota of new connections a second, which an account shares among its APIs in a region.</summary>
    public const int ConnectQuota = 500;

    public required Uri Url { get; init; }

    public int Clients { get; init; } = 100;

    public int Rooms { get; init; } = 1;

    /// <summary>Messages a second, of all clients together.</summary>
    public double Rate { get; init; } = 10;

    public TimeSpan Length { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Before <see cref="Length"/>, with the same rate. Its messages must not be lost, but their times do not count.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(5);

    public Dialect Dialect { get; init; } = Dialect.Plain;

    /// <summary>Of a message's text.</summary>
    public int Bytes { get; init; } = 100;

    public int ConnectRate { get; init; } = 250;

    /// <summary>How long nothing at all may be heard, after the last message, until what is missing counts as lost.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A line of a shell that prints a token; null for guests.</summary>
    public string? TokenCommand { get; init; }

    /// <summary>Whether AWS charges for it, also behind a domain of one's own.</summary>
    public bool IsCharged { get; init; }

    /// <summary>Whether the question about costs has been answered.</summary>
    public bool IsYes { get; init; }

    /// <summary>Where the plot goes.</summary>
    public string Svg { get; init; } = "load.svg";

    /// <summary>With the warm-up.</summary>
    public int Messages => Math.Max(1, (int)Math.Round(Rate * (WarmUp + Length).TotalSeconds));

    public int MembersOf(int room) => (Clients / Rooms) + (room < Clients % Rooms ? 1 : 0);
}
