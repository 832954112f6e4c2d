using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;

namespace ChatEvents.LocalGateway.WebSockets;

/// <summary>
/// Reads whole messages from the raw bytes of a client and enforces API Gateway's limits on the wire: 32 KB per frame, 128 KB per
/// message, no binary. Holds no buffer while it waits for a frame.
/// </summary>
internal sealed class MessageReader : IDisposable
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly PipeReader _input;
    private readonly bool _deflate;
    private readonly FrameLimits _limits;
    private readonly MessageBuffer _message;
    private bool _messageCompressed;
    private bool _betweenFragments;

    public MessageReader(Stream stream, bool deflate, FrameLimits limits)
    {
        // Zero-byte reads: a buffer is rented only when there is something to read.
        _input = PipeReader.Create(stream, new StreamPipeReaderOptions(minimumReadSize: 1, leaveOpen: true, useZeroByteReads: true));
        _deflate = deflate;
        _limits = limits;
        _message = new MessageBuffer(limits);
    }

    public async ValueTask<Incoming> ReadAsync()
    {
        if (!_betweenFragments)
            _message.Clear();
        while (true)
        {
            ReadResult result;
            try
            {
                result = await _input.ReadAsync();
            }
            catch (Exception e) when (BrokenConnection.Is(e))
            {
                return new Incoming(IncomingKind.Dropped, Status: CloseStatus.Dropped);
            }

            if (TryTakeFrame(result.Buffer, out var taken, out var incoming))
            {
                _input.AdvanceTo(taken);
                if (incoming is { } next)
                    return next;
                continue;
            }

            _input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
                return new Incoming(IncomingKind.Dropped, Status: CloseStatus.Dropped);
        }
    }

    /// <summary>Discards frames until the client's close frame, or until it ends the connection.</summary>
    public async Task DiscardUntilCloseAsync()
    {
        try
        {
            ulong skip = 0;
            while (true)
            {
                var result = await _input.ReadAsync();
                var rest = result.Buffer;
                while (true)
                {
                    var skipped = Math.Min(skip, (ulong)rest.Length);
                    rest = rest.Slice((long)skipped);
                    skip -= skipped;
                    if (skip > 0 || !FrameHeader.TryParse(rest, out var header))
                        break;
                    if (header.Opcode == Opcode.Close)
                        return;
                    skip = (ulong)header.Size + Math.Min(header.PayloadLength, long.MaxValue);
                }

                _input.AdvanceTo(rest.Start, result.Buffer.End);
                if (result.IsCompleted)
                    return;
            }
        }
        catch (Exception e) when (BrokenConnection.Is(e))
        {
        }
    }

    public void Dispose()
    {
        _message.Dispose();
        _input.Complete();
    }

    private bool TryTakeFrame(in ReadOnlySequence<byte> buffer, out SequencePosition taken, out Incoming? incoming)
    {
        incoming = null;
        taken = buffer.Start;
        if (!FrameHeader.TryParse(buffer, out var header))
            return false;
        if (FindViolation(header) is { } broken)
        {
            incoming = Incoming.Violation(broken);
            return true;
        }

        var size = header.Size + (int)header.PayloadLength;
        if (buffer.Length < size)
            return false;

        var payload = buffer.Slice(header.Size, (int)header.PayloadLength);
        taken = payload.End;
        incoming = header.IsControl ? ReadControl(header, payload) : ReadData(header, payload);
        return true;
    }

    private CloseStatus? FindViolation(in FrameHeader header)
    {
        if (header.ReservedBits || !header.Masked || header.PayloadLength > long.MaxValue || !Enum.IsDefined(header.Opcode))
            return CloseStatus.ProtocolError;
        if (header.IsControl)
            return header.Compressed || !header.Final || header.PayloadLength > 125 ? CloseStatus.ProtocolError : null;
        if (_betweenFragments != (header.Opcode == Opcode.Continuation))
            return CloseStatus.ProtocolError;
        if (header.Compressed && (!_deflate || header.Opcode == Opcode.Continuation))
            return CloseStatus.ProtocolError;
        if (header.Opcode == Opcode.Binary)
            return CloseStatus.Binary;
        if (header.PayloadLength > (ulong)_limits.FrameBytes)
            return CloseStatus.FrameTooBig;
        var isCompressed = header.Compressed || (_betweenFragments && _messageCompressed);
        return !isCompressed && _message.Length + (int)header.PayloadLength > _limits.MessageBytes ? CloseStatus.MessageTooBig : null;
    }

    private static Incoming? ReadControl(in FrameHeader header, in ReadOnlySequence<byte> payload)
    {
        var bytes = payload.ToArray();
        header.Unmask(bytes);
        return header.Opcode switch
        {
            Opcode.Ping => new Incoming(IncomingKind.Ping, bytes),
            Opcode.Close => ReadClose(bytes),
            _ => null,
        };
    }

    private static Incoming ReadClose(byte[] payload)
    {
        if (payload.Length == 0)
            return new Incoming(IncomingKind.Close, Status: CloseStatus.NoStatus);
        if (payload.Length == 1)
            return Incoming.Violation(CloseStatus.ProtocolError);

        var code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        if (!CloseStatus.IsAllowedFromClient(code))
            return Incoming.Violation(CloseStatus.ProtocolError);
        try
        {
            return new Incoming(IncomingKind.Close, Status: new CloseStatus(code, StrictUtf8.GetString(payload, 2, payload.Length - 2)));
        }
        catch (DecoderFallbackException)
        {
            return Incoming.Violation(CloseStatus.NotUtf8);
        }
    }

    /// <summary>Null if the message continues in another frame.</summary>
    private Incoming? ReadData(in FrameHeader header, in ReadOnlySequence<byte> payload)
    {
        if (!_betweenFragments)
            _messageCompressed = header.Compressed;
        _betweenFragments = !header.Final;
        if (_message.Append(header, payload, _messageCompressed) is { } broken)
            return Incoming.Violation(broken);
        if (!_message.IsUtf8(header.Final))
            return Incoming.Violation(CloseStatus.NotUtf8);
        return header.Final ? new Incoming(IncomingKind.Text, _message.Text) : null;
    }
}
