using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Load.Clients;

/// <summary>
/// The sub-protocol chatevents.v1, as docs/protocol.md tells clients to speak it: what was not answered is sent again, and holes are filled from the
/// history. What a client library would hide, repeats and order, is heard here.
/// </summary>
internal sealed class JsonTalk(TalkOf of) : ITalk
{
    private const string HistoryId = "history";

    private readonly ConcurrentDictionary<string, int> _unanswered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _accepted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private readonly SortedSet<long> _beyondHole = [];
    private readonly string _query = $"&client={of.Run}-{Guid.NewGuid():N}";
    private string? _epoch;
    private long _complete;
    private bool _isAsking;

    public string Subprotocol => Dialects.JsonSubprotocol;

    /// <summary>Who it is also after a reconnect, so that a message which is sent again is known.</summary>
    public string Query => _query;

    public string FrameOf(int number)
    {
        var id = $"{of.Run}-{of.RoomNumber}-{number}";
        _unanswered[id] = number;
        return FrameOf(id, number);
    }

    public void Lose(int number)
    {
        // It is sent again on the next connection.
    }

    public IEnumerable<string> CatchUp()
    {
        foreach (var (id, number) in _unanswered) yield return FrameOf(id, number);
        yield return AskHistory();
    }

    public string? Hear(ReadOnlyMemory<byte> frame, long at)
    {
        using var json = JsonDocument.Parse(frame);
        var root = json.RootElement;
        switch (root.Text("type"))
        {
            case "message" when root.Text("room") == of.Room:
                HearMessage(root, root.Text("epoch"), at, isHistory: false);
                return _beyondHole.Count > 0 && !_isAsking ? AskHistory() : null;
            case "history":
                foreach (var message in root.GetProperty("messages").EnumerateArray()) HearMessage(message, root.Text("epoch"), at, isHistory: true);
                _isAsking = root.TryGetProperty("more", out var more) && more.GetBoolean();
                return _isAsking ? AskHistory() : null;
            case "accepted" when root.Text("id") is { } id && _unanswered.TryRemove(id, out var number):
                Accept(root.Text("messageId")!, number);
                return null;
            case "error":
                Refuse(root);
                return null;
            case null when root.Text("message") is { } failure: // API Gateway's own
                of.Refusals.Add(failure);
                return null;
            default:
                return null;
        }
    }

    private string FrameOf(string id, int number) =>
        $$"""{"action":"onMessage","id":"{{id}}","room":"{{of.Room}}","message":"{{of.TextOf(number)}}"}""";

    private string AskHistory()
    {
        _isAsking = true;
        return _epoch is null
            ? $$"""{"action":"history","id":"{{HistoryId}}","room":"{{of.Room}}","after":0,"limit":100}"""
            : $$"""{"action":"history","id":"{{HistoryId}}","room":"{{of.Room}}","after":{{_complete}},"epoch":"{{_epoch}}","limit":100}""";
    }

    private void HearMessage(JsonElement message, string? epoch, long at, bool isHistory)
    {
        var seq = message.GetProperty("seq").GetInt64();
        if (epoch != _epoch)
        {
            (_epoch, _complete) = (epoch, 0);
            _beyondHole.Clear();
        }

        if (message.TryGetProperty("message", out var text) && of.NumberIn(JsonMarshal.GetRawUtf8Value(text)) is { } number)
            of.Tally.Hear(of.Member, number, seq, at, isHistory);
        if (seq > _complete) _beyondHole.Add(seq);
        while (_beyondHole.Remove(_complete + 1)) _complete++;
    }

    private void Accept(string messageId, int number)
    {
        _accepted[messageId] = number;
        if (_refused.Contains(messageId)) of.Tally.Refuse(number);
        else of.Tally.Accept(number);
    }

    private void Refuse(JsonElement error)
    {
        var id = error.Text("id");
        if (id == HistoryId)
        {
            _isAsking = false; // the next hole asks again
            return;
        }

        of.Refusals.Add($"{error.Text("code")}: {error.Text("error")}");
        if (id is not null && _unanswered.TryRemove(id, out var unanswered)) of.Tally.Refuse(unanswered);
        if (error.Text("messageId") is not { } messageId) return;
        _refused.Add(messageId);
        if (_accepted.TryGetValue(messageId, out var accepted)) of.Tally.Refuse(accepted);
    }
}
