using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace ChatEvents.LocalGateway.WebSockets;

/// <summary>The text of a message while its frames arrive, in a pooled buffer. Compressed frames are inflated one by one.</summary>
internal sealed class MessageBuffer(FrameLimits limits) : IDisposable
{
    private byte[]? _text;
    private Inflater? _inflater;
    private int _checked;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Text => (_text ?? []).AsMemory(0, Length);

    /// <summary>Adds the payload of a frame. Returns the rule that it broke, or null.</summary>
    public CloseStatus? Append(in FrameHeader header, in ReadOnlySequence<byte> payload, bool isCompressed)
    {
        var length = (int)payload.Length;
        if (!isCompressed)
        {
            Grow(Length + length);
            var appended = _text.AsSpan(Length, length);
            payload.CopyTo(appended);
            header.Unmask(appended);
            Length += length;
            return null;
        }

        var compressed = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            payload.CopyTo(compressed);
            header.Unmask(compressed.AsSpan(0, length));
            _inflater ??= new Inflater();
            var before = Length;
            return Inflate(compressed.AsMemory(0, length))
                ?? (header.Final ? Inflate(PermessageDeflate.Ending) : null)
                ?? (!limits.CountCompressed && Length - before > limits.FrameBytes ? CloseStatus.FrameTooBig : null);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    /// <summary>Whether the text so far is UTF-8. A character at its end may lack bytes as long as another frame follows.</summary>
    public bool IsUtf8(bool final)
    {
        var added = _text.AsSpan(_checked, Length - _checked);
        if (!final)
            added = added[..^UnfinishedLength(added)];
        _checked += added.Length;
        return Utf8.IsValid(added);
    }

    /// <summary>Begins a new message.</summary>
    public void Clear()
    {
        if (_text is not null)
            ArrayPool<byte>.Shared.Return(_text);
        _text = null;
        Length = 0;
        _checked = 0;
        _inflater?.Dispose();
        _inflater = null;
    }

    public void Dispose() => Clear();

    private CloseStatus? Inflate(ReadOnlyMemory<byte> compressed)
    {
        try
        {
            _inflater!.Feed(compressed);
            while (true)
            {
                Grow(Math.Min(Length + Math.Max(64, compressed.Length * 4), limits.MessageBytes + 1));
                var read = _inflater.Read(_text.AsSpan(Length));
                Length += read;
                if (Length > limits.MessageBytes)
                    return CloseStatus.MessageTooBig;
                if (read == 0)
                    return null;
            }
        }
        catch (InvalidDataException)
        {
            return CloseStatus.NotUtf8 with { Reason = "Compressed data is broken" };
        }
    }

    private static int UnfinishedLength(ReadOnlySpan<byte> text)
    {
        const int longest = 3; // of a character of four bytes
        for (var length = 1; length <= Math.Min(longest, text.Length); length++)
        {
            if (Rune.DecodeFromUtf8(text[^length..], out _, out _) == OperationStatus.NeedMoreData)
                return length;
        }

        return 0;
    }

    private void Grow(int capacity)
    {
        if (_text is not null && _text.Length >= capacity)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(capacity);
        _text.AsSpan(0, Length).CopyTo(larger);
        if (_text is not null)
            ArrayPool<byte>.Shared.Return(_text);
        _text = larger;
    }
}

/// <summary>The sizes that a client must keep.</summary>
/// <param name="FrameBytes">Of one frame.</param>
/// <param name="MessageBytes">Of one message, uncompressed.</param>
/// <param name="CountCompressed">Whether a frame counts as it is on the wire.</param>
internal readonly record struct FrameLimits(int FrameBytes, int MessageBytes, bool CountCompressed);
