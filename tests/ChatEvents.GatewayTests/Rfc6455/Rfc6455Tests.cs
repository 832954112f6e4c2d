using ChatEvents.GatewayTests.Harness;

namespace ChatEvents.GatewayTests.Rfc6455;

/// <summary>
/// The wire protocol, rule by rule. A function sends each text back in brackets. Frames may be larger than API Gateway allows, so that all three
/// forms of a length occur; <see cref="FrameTests"/> has the limits.
/// </summary>
public sealed class Rfc6455Tests(Rfc6455Tests.EchoGateway echo) : IClassFixture<Rfc6455Tests.EchoGateway>
{
    private static readonly Dictionary<string, WireCase> Cases = WireCases.All.ToDictionary(@case => @case.Id);

    public static TheoryData<string, string> Rules => new(Cases.Values.Select(@case => (@case.Id, @case.What)));

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Rules))]
    public async Task The_gateway_keeps_the_rule(string id, string what)
    {
        var @case = Cases[id];
        Assert.Equal(@case.What, what);
        await using var client = await RawClient.ConnectAsync(echo.Gateway);
        await WriteAsync(client, @case.Writes).WaitAsync(TestContext.Current.CancellationToken);

        var answers = new Queue<Answer>(@case.Answers);
        if (@case.Answers.All(answer => answer.Opcode != RawClient.Close))
        {
            await ReadAsync(client, answers);
            await client.SendCloseAsync(1000);
            answers.Enqueue(Answer.Close(1000));
        }

        await ReadAsync(client, answers);
        await WriteAsync(client, [Bytes.Close(1000)]); // the answer to a close frame; late, where the gateway answered one
        Assert.True(await client.IsEndedAsync());
        Assert.Empty(echo.Gateway.Errors);
    }

    /// <summary>A gateway that has ended the connection already may refuse the rest.</summary>
    private static async Task WriteAsync(RawClient client, byte[][] writes)
    {
        try
        {
            foreach (var bytes in writes)
                await client.SendBytesAsync(bytes);
        }
        catch (IOException)
        {
            // What it answered can be read all the same.
        }
    }

    private static async Task ReadAsync(RawClient client, Queue<Answer> answers)
    {
        while (answers.TryDequeue(out var answer))
        {
            var frame = await ReadMessageAsync(client);
            if (!answer.IsCertain && !answer.Matches(frame))
                answer = answers.Dequeue();
            Assert.True(answer.Matches(frame), $"Expected {answer}, but read {frame.Opcode}:{Convert.ToHexString(frame.Payload)}.");
        }
    }

    private static async Task<Frame> ReadMessageAsync(RawClient client)
    {
        var message = await client.ReadFrameAsync();
        while (!message.Final)
        {
            var next = await client.ReadFrameAsync();
            Assert.Equal(RawClient.Continuation, next.Opcode);
            message = message with { Final = next.Final, Payload = [.. message.Payload, .. next.Payload] };
        }

        return message;
    }

    public sealed class EchoGateway : IAsyncLifetime
    {
        internal TestGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Gateway = await TestGateway.StartAsync(CancellationToken.None, options =>
            {
                options.Route("$default", "default", routeResponse: true);
                options.Limits.FrameBytes = options.Limits.MessageBytes;
                options.Limits.MessagesInFlightPerConnection = 1;
                options.Throttle.ConnectsPerSecond = 0;
            });
            Gateway.Serve("default", @event => new { statusCode = 200, body = $"[{@event.Text("body")}]" }, environments: 2);
        }

        public ValueTask DisposeAsync() => Gateway.DisposeAsync();
    }
}
