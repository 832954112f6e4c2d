using System.Buffers.Binary;
using System.Text;

namespace ChatEvents.Bench;

/// <summary>The <see cref="Sink"/> on a connection whose client speaks HTTP/2: it looks at no header, and answers each request.</summary>
internal sealed class Http2Sink(Stream client, TimeSpan latency)
{
    private const int HeadSize = 9;
    private const int MostStreams = 128; // as many servers have it

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
    private static readonly byte[] Greeting = Frame(4, 0, 0, [0, 3, 0, 0, 0, MostStreams]);
    private static readonly byte[] Ok = [0x88, .. Header("content-type", "application/json"), .. Header("content-length", "0"),
        .. Header("x-amzn-requestid", "6f0c2c0e-3f0f-4a52-9a8b-1c7a3a1f7e11"), .. Header("x-amz-apigw-id", "Qv7kLd3mIAMCJw8=")];

    private readonly Lock _sending = new();

    public static bool IsPreface(ReadOnlySpan<byte> received) => received.StartsWith(Preface);

    public async Task ServeAsync(ReadOnlyMemory<byte> first)
    {
        Send([.. Greeting]);
        var buffer = new byte[512 * 1024];
        first[Preface.Length..].CopyTo(buffer);
        var filled = first.Length - Preface.Length;
        while (true)
        {
            var used = Take(buffer.AsSpan(0, filled), out var replies, out var asked, out var taken);
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
            if (taken > 0)
                replies.AddRange(Frame(8, 0, 0, Number(taken)));
            if (replies.Count > 0)
                Send(replies);
            if (asked.Count > 0)
                _ = AnswerAsync(asked);

            var read = await client.ReadAsync(buffer.AsMemory(filled));
            if (read == 0)
                return;
            filled += read;
        }
    }

    /// <param name="received">Frames.</param>
    /// <param name="replies">What to say to them at once.</param>
    /// <param name="asked">Streams whose request is whole.</param>
    /// <param name="taken">Bytes of bodies.</param>
    /// <returns>How many bytes were whole frames.</returns>
    private static int Take(ReadOnlySpan<byte> received, out List<byte> replies, out List<int> asked, out int taken)
    {
        (replies, asked, taken) = ([], [], 0);
        var used = 0;
        while (received.Length - used >= HeadSize)
        {
            var head = received[used..];
            var length = (head[0] << 16) | (head[1] << 8) | head[2];
            if (head.Length < HeadSize + length)
                break;

            used += HeadSize + length;
            var (type, flags) = (head[3], head[4]);
            if (type == 0)
                taken += length;
            if (type is 0 or 1 && (flags & 1) != 0)
                asked.Add(BinaryPrimitives.ReadInt32BigEndian(head[5..]));
            if (type == 4 && (flags & 1) == 0)
                replies.AddRange(Frame(4, 1, 0, []));
        }

        return used;
    }

    private async Task AnswerAsync(List<int> streams)
    {
        if (latency > TimeSpan.Zero)
            await Task.Delay(latency, TimeProvider.System);
        var answers = new List<byte>();
        foreach (var stream in streams) answers.AddRange(Frame(1, 5, stream, Ok));
        Send(answers);
    }

    private void Send(List<byte> frames)
    {
        try
        {
            lock (_sending) client.Write(frames.ToArray());
        }
        catch (IOException)
        {
            // The poster hung up.
        }
    }

    private static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload) =>
        [0, (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, .. Number(stream), .. payload];

    private static byte[] Number(int number)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Header(string name, string value) =>
        [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];
}
