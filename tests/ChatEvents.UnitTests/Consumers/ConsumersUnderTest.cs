using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Consumers;
using ChatEvents.Contracts;
using ChatEvents.Testing;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.Consumers;

/// <summary>A host with consumers registered as the workers do it, on a recording SQS and a fake clock.</summary>
internal sealed class ConsumersUnderTest : IAsyncDisposable
{
    private readonly Dictionary<string, string?> _settings = new() { ["Test:Queue:DeleteLinger"] = "0:0:0" };
    private IHost? _host;

    public RecordingSqs Sqs { get; } = new();

    public FakeTime Time { get; } = new();

    public Consumed Consumed { get; } = new();

    public IServiceProvider Services => _host!.Services;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ConsumersUnderTest With(string setting, string value)
    {
        _settings[setting] = value;
        return this;
    }

    public Task StartAsync(ChatQueue queue, CancellationToken cancellation, Action<IServiceCollection>? more = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(_settings);
        builder.Services.AddSingleton<IAmazonSQS>(Sqs);
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton(Consumed);
        builder.Services.AddScoped<PerMessage>();
        builder.Services.AddLogging(logging => logging.ClearProviders());
        builder.Services.AddQueueConsumers("Test:Queue", queue, typeof(ConsumersUnderTest).Assembly);
        more?.Invoke(builder.Services);
        builder.Services.AddQueuePumps();
        _host = builder.Build();
        return _host.StartAsync(cancellation);
    }

    public Task StopAsync() => _host!.StopAsync(Cancellation);

    public async Task<string> NextDeletedAsync() =>
        Assert.Single((await Sqs.Deletes.NextAsync(Cancellation)).Entries).ReceiptHandle;

    public async Task<(string Receipt, int? Seconds)> NextReturnedAsync()
    {
        var entry = Assert.Single((await Sqs.VisibilityChanges.NextAsync(Cancellation)).Entries);
        return (entry.ReceiptHandle, entry.VisibilityTimeout);
    }

    public static Message MessageOf<TEvent>(string id, string body, int receiveCount = 1)
        where TEvent : IRouteEvent =>
        WithAttribute(RecordingSqs.MessageOf(id, body, receiveCount: receiveCount), AttributeNames.MessageType, AttributeNames.MessageTypeOf<TEvent>());

    public static Message MessageOf<TEvent>(string id, TEvent routeEvent, int receiveCount = 1)
        where TEvent : IRouteEvent => MessageOf<TEvent>(id, RouteEventJson.Write(routeEvent), receiveCount);

    public static Message WithAttribute(Message message, string name, string value)
    {
        message.MessageAttributes[name] = new() { DataType = "String", StringValue = value };
        return message;
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(Cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _host.Dispose();
        }

        Sqs.Dispose();
    }
}

/// <summary>What the consumers below were given, and what they do with it.</summary>
internal sealed class Consumed
{
    public Recorded<ConsumeContext<ConnectionOpened>> Opened { get; } = new();

    public Recorded<ConsumeContext<ConnectionClosed>> Closed { get; } = new();

    public Recorded<ConsumeContext<WalkDivided>> Divided { get; } = new();

    public Recorded<PerMessage> Scopes { get; } = new();

    public Func<ConsumeContext, Task> OnConsume { get; set; } = _ => Task.CompletedTask;
}

internal sealed class PerMessage;

internal sealed class OpenedConsumer(Consumed consumed, PerMessage scope) : IConsumer<ConnectionOpened>
{
    public Task Consume(ConsumeContext<ConnectionOpened> context)
    {
        consumed.Scopes.Add(scope);
        consumed.Opened.Add(context);
        return consumed.OnConsume(context);
    }
}

internal sealed class ClosedConsumer(Consumed consumed) : IConsumer<ConnectionClosed>
{
    public Task Consume(ConsumeContext<ConnectionClosed> context)
    {
        consumed.Closed.Add(context);
        return consumed.OnConsume(context);
    }
}

internal sealed class ChangedConsumer : IConsumer<MembershipChanged>
{
    public Task Consume(ConsumeContext<MembershipChanged> context) => Task.CompletedTask;
}

internal sealed class AskedConsumer : IConsumer<ModerationAsked>
{
    public Task Consume(ConsumeContext<ModerationAsked> context) => Task.CompletedTask;
}

internal sealed class DividedConsumer(Consumed consumed) : IConsumer<WalkDivided>
{
    public Task Consume(ConsumeContext<WalkDivided> context)
    {
        consumed.Divided.Add(context);
        return consumed.OnConsume(context);
    }
}
