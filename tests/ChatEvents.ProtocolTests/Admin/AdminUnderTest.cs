using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Admin;
using ChatEvents.ConnectionRegistry;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Contracts;
using ChatEvents.ProtocolTests.Registry;
using ChatEvents.Queues;
using ChatEvents.UnitTests.Registry;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.ProtocolTests.Admin;

/// <summary>The tool over tables and queues of its own, with what a test needs to put things into them.</summary>
public sealed class AdminUnderTest : IAsyncDisposable
{
    private readonly EmulatorsFixture _emulators;
    private readonly string _connectionsDeadLetters = EmulatorsFixture.Unique("connections-dead-letters");
    private readonly string _messagesDeadLetters = EmulatorsFixture.Unique("messages-dead-letters.fifo");
    private readonly string _walksDeadLetters = EmulatorsFixture.Unique("walks-dead-letters.fifo");
    private readonly string _lateDeadLetters = EmulatorsFixture.Unique("late-dead-letters.fifo");

    private AdminUnderTest(EmulatorsFixture emulators, TestTables tables)
    {
        _emulators = emulators;
        Tables = tables;
        Sqs = emulators.CreateSqs();
        CreateSqs = emulators.CreateSqs;
        Rows = new(tables.DynamoDb, tables.Names, TimeProvider.System);
    }

    public TestTables Tables { get; }

    public IAmazonSQS Sqs { get; }

    /// <summary>What the tool is given as its client of SQS.</summary>
    public Func<IAmazonSQS> CreateSqs { get; set; }

    public TablesUnderTest Rows { get; }

    public ConnectionRegistry.ConnectionRegistry Registry => Rows.Registry;

    public RouteEventQueues Queues { get; } = new()
    {
        Connections = EmulatorsFixture.Unique("connections"),
        Messages = EmulatorsFixture.Unique("messages.fifo"),
        Walks = EmulatorsFixture.Unique("walks.fifo"),
        Late = EmulatorsFixture.Unique("late.fifo"),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<AdminUnderTest> StartAsync(EmulatorsFixture emulators)
    {
        var admin = new AdminUnderTest(emulators, await TestTables.CreateAsync(emulators));
        await QueueSetup.EnsureQueueAsync(
            admin.Sqs, admin.Queues.Connections, admin._connectionsDeadLetters, maxReceiveCount: 1, Cancellation);
        await QueueSetup.EnsureQueueAsync(
            admin.Sqs, admin.Queues.Messages, admin._messagesDeadLetters, maxReceiveCount: 1, Cancellation);
        await QueueSetup.EnsureQueueAsync(admin.Sqs, admin.Queues.Walks, admin._walksDeadLetters, maxReceiveCount: 1, Cancellation);
        await QueueSetup.EnsureQueueAsync(admin.Sqs, admin.Queues.Late, admin._lateDeadLetters, maxReceiveCount: 1, Cancellation);
        return admin;
    }

    public async ValueTask DisposeAsync()
    {
        string[] queues =
        [
            Queues.Connections, Queues.Messages, Queues.Walks, Queues.Late,
            _connectionsDeadLetters, _messagesDeadLetters, _walksDeadLetters, _lateDeadLetters,
        ];
        foreach (var queue in queues)
            await Sqs.DeleteQueueAsync(await UrlOfAsync(queue), CancellationToken.None);
        Sqs.Dispose();
        await Tables.DisposeAsync();
    }

    /// <summary>Runs the tool without a terminal.</summary>
    public Task<AdminOutput> RunAsync(CancellationToken cancellation, params string[] args) => RunAsync(answer: null, args, cancellation);

    /// <summary>Runs the tool for somebody who answers its question, or stops it.</summary>
    public async Task<AdminOutput> RunAsync(string? answer, string[] args, CancellationToken interruption)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await AdminCommand.RunAsync(
            args,
            new AdminEnvironment
            {
                Out = output,
                Error = error,
                Answers = answer is null ? null : new StringReader(answer),
                Settings = new ConfigurationBuilder().AddInMemoryCollection(Settings).Build(),
                CreateDynamoDb = _emulators.CreateDynamoDb,
                CreateSqs = CreateSqs,
                CreateGateway = endpoint => Gateway.CreateClient(EmulatorsFixture.Credentials, endpoint),
                Time = TimeProvider.System,
            },
            interruption);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>A connection that was opened some time ago, so that it is no newborn.</summary>
    public async Task OpenAsync(string connectionId, string callbackEndpoint, string? user = null, params string[] rooms) =>
        Assert.Equal(EntryOutcome.Entered, await Registry.OpenAsync(OpenedLongAgo(connectionId, callbackEndpoint, user, rooms), Cancellation));

    public static ConnectionOpened OpenedLongAgo(string connectionId, string callbackEndpoint, string? user = null, params string[] rooms) => new()
    {
        ConnectionId = connectionId,
        ConnectedAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(5),
        CallbackEndpoint = callbackEndpoint,
        User = user,
        Rooms = rooms,
    };

    /// <summary>Sends a message and lets it fail, once being enough here, until SQS has moved it to the dead letters.</summary>
    public async Task<string> LetFailAsync(SendMessageRequest message)
    {
        var queue = message.MessageGroupId is null ? Queues.Connections : Queues.Messages;
        message.QueueUrl = await UrlOfAsync(queue);
        var sent = await Sqs.SendMessageAsync(message, Cancellation);
        var received = await Testing.Patiently.SeeAsync(
            "the message", () => ReceiveAsync(message.QueueUrl), messages => messages.Count == 1, Cancellation);
        await Sqs.ChangeMessageVisibilityAsync(message.QueueUrl, received[0].ReceiptHandle, 0, Cancellation);

        // SQS moves a message when it would be received once too often.
        await Testing.Patiently.SeeAsync(
            "the dead letter",
            async () =>
            {
                Assert.Empty(await ReceiveAsync(message.QueueUrl));
                return await CountDeadLettersAsync(queue);
            },
            count => count > 0,
            Cancellation);
        return sent.MessageId;
    }

    public async Task<IReadOnlyList<Message>> ReceiveAllAsync(string queue)
    {
        var url = await UrlOfAsync(queue);
        var all = new List<Message>();
        while (await ReceiveAsync(url) is { Count: > 0 } messages)
        {
            all.AddRange(messages);
            foreach (var message in messages) await Sqs.DeleteMessageAsync(url, message.ReceiptHandle, Cancellation);
        }

        return all;
    }

    /// <summary>The registry worker as it is, until it has nothing left to do.</summary>
    public async Task RunRegistryWorkerAsync(Func<Task<bool>> isDone)
    {
        await using var worker = RegistryWorker.Build(
            [.. Settings.Select(setting => $"--{setting.Key}={setting.Value}")],
            builder =>
            {
                builder.WebHost.UseUrls("http://127.0.0.1:0");
                builder.Services.AddSingleton(_ => _emulators.CreateSqs());
                builder.Services.AddSingleton(_ => _emulators.CreateDynamoDb());
            });
        await worker.StartAsync(Cancellation);
        await Testing.Patiently.UntilAsync("the registry to have done its work", isDone, Cancellation);
        await worker.StopAsync(Cancellation);
    }

    private Dictionary<string, string?> Settings => new(Tables.Settings)
    {
        ["Queues:Connections"] = Queues.Connections,
        ["Queues:Messages"] = Queues.Messages,
        ["Queues:Walks"] = Queues.Walks,
        ["Queues:Late"] = Queues.Late,
    };

    private async Task<int> CountDeadLettersAsync(string queue)
    {
        var deadLetters = queue == Queues.Connections ? _connectionsDeadLetters : _messagesDeadLetters;
        var attributes = await Sqs.GetQueueAttributesAsync(
            await UrlOfAsync(deadLetters), [QueueAttributeName.ApproximateNumberOfMessages], Cancellation);
        return int.Parse(attributes.Attributes[QueueAttributeName.ApproximateNumberOfMessages]);
    }

    private async Task<IReadOnlyList<Message>> ReceiveAsync(string url)
    {
        var received = await Sqs.ReceiveMessageAsync(
            new ReceiveMessageRequest(url)
            {
                MaxNumberOfMessages = 10,
                WaitTimeSeconds = 0,
                MessageAttributeNames = ["All"],
                MessageSystemAttributeNames = ["All"],
            },
            Cancellation);
        return received.Messages ?? [];
    }

    private async Task<string> UrlOfAsync(string queue) => (await Sqs.GetQueueUrlAsync(queue, CancellationToken.None)).QueueUrl;
}

/// <param name="ExitCode">0, 1 or 2.</param>
/// <param name="Out">Results.</param>
/// <param name="Error">Questions, notes and problems.</param>
public sealed record AdminOutput(int ExitCode, string Out, string Error)
{
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
