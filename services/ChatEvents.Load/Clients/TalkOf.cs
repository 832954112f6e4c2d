using System.Buffers.Text;
using System.Text;
using ChatEvents.Contracts;
using ChatEvents.Load.Figures;

namespace ChatEvents.Load.Clients;

/// <summary>Who talks where. The messages of a run are known by a mark, wherever the chat's template puts it.</summary>
/// <param name="Dialect">What the client speaks.</param>
/// <param name="Run">Random, so that runs do not hear each other.</param>
/// <param name="RoomNumber">Of the run.</param>
/// <param name="Member">Number of the client among the room's.</param>
/// <param name="Bytes">Length of each message.</param>
/// <param name="Tally">Of the room.</param>
/// <param name="Refusals">Of all rooms.</param>
internal sealed record TalkOf(Dialect Dialect, string Run, int RoomNumber, int Member, int Bytes, RoomTally Tally, Refusals Refusals)
{
    private readonly byte[] _mark = Encoding.ASCII.GetBytes($"load-{Run}-{RoomNumber}:");

    public string Room => $"load-{Run}-{RoomNumber}";

    public string TextOf(int number) => $"{Room}:{number} ".PadRight(Bytes, 'x');

    /// <returns>The number of the message in this text; null if it is none of this room and run.</returns>
    public int? NumberIn(ReadOnlySpan<byte> text) =>
        text.IndexOf(_mark) is >= 0 and var at && Utf8Parser.TryParse(text[(at + _mark.Length)..], out int number, out _) ? number : null;
}
