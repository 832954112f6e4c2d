using System.IO.Compression;

namespace ChatEvents.LocalGateway.WebSockets;

/// <summary>Inflates one message, fed frame by frame.</summary>
internal sealed class Inflater : IDisposable
{
    private readonly FedStream _input = new();
    private readonly DeflateStream _output;

    public Inflater() => _output = new DeflateStream(_input, CompressionMode.Decompress);

    public void Feed(ReadOnlyMemory<byte> compressed) => _input.Rest = compressed;

    /// <summary>0 when there is nothing more without further input.</summary>
    /// <exception cref="InvalidDataException">The input is not deflated data.</exception>
    public int Read(Span<byte> target) => _output.Read(target);

    public void Dispose() => _output.Dispose();

    private sealed class FedStream : Stream
    {
        public ReadOnlyMemory<byte> Rest { get; set; }

        public override bool CanRead => true;

        public override bool CanWrite => false;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var taken = Math.Min(count, Rest.Length);
            Rest.Span[..taken].CopyTo(buffer.AsSpan(offset));
            Rest = Rest[taken..];
            return taken;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
