using System.Net;
using System.Text.Json.Nodes;

namespace ChatEvents.ConformanceTests.Mutants;

/// <summary>What a proxy between the suite and the gateway changes. What is null passes as it is.</summary>
internal sealed record Mutation
{
    /// <summary>Changes the answer to a handshake.</summary>
    public Action<HandshakeRequestSeen, HandshakeAnswer>? Handshake { get; init; }

    /// <summary>Changes a frame of the gateway; null drops it.</summary>
    public Func<ProxyFrame, ProxyFrame?>? FromGateway { get; init; }

    /// <summary>Changes a frame of the client; null drops it.</summary>
    public Func<ProxyFrame, ProxyFrame?>? FromClient { get; init; }

    /// <summary>Changes the event of a function.</summary>
    public Action<string, JsonObject>? Event { get; init; }

    /// <summary>Changes what a function answers, or its failure.</summary>
    public Func<string, string, string>? Answer { get; init; }

    /// <summary>Changes the answer of the management API.</summary>
    public Action<HttpMethod, string, ManagementAnswer>? Management { get; init; }
}

internal sealed record HandshakeRequestSeen(bool IsUpgrade, string Path, IReadOnlyDictionary<string, string> Headers);

internal sealed class HandshakeAnswer(int status, Dictionary<string, string> headers)
{
    public int Status { get; set; } = status;

    public Dictionary<string, string> Headers { get; } = headers;
}

/// <summary>A frame on its way, without its mask.</summary>
internal sealed record ProxyFrame(byte First, byte[] Payload)
{
    public byte Opcode => (byte)(First & 0x0F);

    public string Text => System.Text.Encoding.UTF8.GetString(Payload);

    public ProxyFrame WithOpcode(byte opcode) => this with { First = (byte)((First & 0xF0) | opcode) };

    public ProxyFrame WithText(string text) => this with { Payload = System.Text.Encoding.UTF8.GetBytes(text) };
}

internal sealed class ManagementAnswer(HttpStatusCode status, Dictionary<string, string> headers, string body)
{
    public HttpStatusCode Status { get; set; } = status;

    public Dictionary<string, string> Headers { get; } = headers;

    public string Body { get; set; } = body;
}
