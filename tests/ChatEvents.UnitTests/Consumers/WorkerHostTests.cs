using System.Net;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.SQS;
using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers;
using ChatEvents.Contracts;
using ChatEvents.Testing;
using ChatEvents.UnitTests.Registry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.Consumers;

/// <summary>A container platform asks for health, gives time to stop, and looks at the exit code.</summary>
public sealed class WorkerHostTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_is_told_to_stop_ends_with_0() =>
        Assert.Equal(0, await EndAsync(() => BuildWithPart(life => life.StopApplication()), TestContext.Current.CancellationToken));

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_a_failed_part_stops_ends_with_1() =>
        Assert.Equal(
            1, await EndAsync(() => BuildWithPart(_ => throw new InvalidOperationException("A part failed.")), TestContext.Current.CancellationToken));

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_cannot_start_ends_with_1() =>
        Assert.Equal(1, await EndAsync(() => throw new WorkerCannotStartException("Something is missing."), TestContext.Current.CancellationToken));

    [Theory(Timeout = 60_000)]
    [InlineData("Registry:Sweep:Interval", "often", "System.TimeSpan")]
    [InlineData("Registry:Queue:MaxInHand", "many", "System.Int32")]
    public async Task A_setting_that_cannot_be_read_is_named_in_one_sentence(string setting, string value, string type)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var worker = Build();
            await worker.StartAsync(TestContext.Current.CancellationToken);
        });

        Assert.Equal([$"Failed to convert configuration value '{value}' at '{setting}' to type '{type}'."], StartFailure.SentencesOf(failure));
        Assert.Equal(1, await WorkerHost.RunAsync(Build));

        WebApplication Build() => RegistryWorker.Build(
            [$"--{setting}={value}", "--urls=http://127.0.0.1:0"],
            builder => builder.Services
                .AddSingleton<IAmazonSQS>(_ => new RecordingSqs())
                .AddSingleton<IAmazonDynamoDB>(_ => new InMemoryDynamoDb())
                .AddSingleton<AWSCredentials>(new BasicAWSCredentials("test", "test")));
    }

    [Theory]
    [InlineData("No RegionEndpoint or ServiceURL configured", "set AWS_REGION")]
    [InlineData("Failed to resolve AWS credentials.", "set AWS_PROFILE")]
    public void What_the_SDK_lacks_is_told_with_the_variable_to_set(string problem, string remedy) =>
        Assert.Contains(remedy, Assert.Single(StartFailure.SentencesOf(new AmazonClientException(problem))), StringComparison.Ordinal);

    [Fact]
    public void A_mistake_of_ours_is_no_sentence_but_keeps_its_stack_trace() =>
        Assert.Empty(StartFailure.SentencesOf(new InvalidOperationException("Sequence contains no elements.")));

    [Fact(Timeout = 60_000)]
    public async Task A_worker_says_that_it_is_not_ready_for_as_long_as_it_finishes_what_it_has()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var sqs = new RecordingSqs();
        var finish = new TaskCompletionSource();
        var consumed = new Consumed { OnConsume = _ => finish.Task };
        await using var worker = BuildWith(services => services
            .AddSingleton<IAmazonSQS>(sqs)
            .AddSingleton(consumed)
            .AddQueueConsumers("Test:Queue", ChatQueue.Connections, typeof(ConsumersUnderTest).Assembly)
            .AddQueuePumps());
        await worker.StartAsync(cancellation);
        sqs.PutIn(ConsumersUnderTest.MessageOf<ConnectionClosed>("1", """{"connectionId":"a","closedAt":"2026-11-21T00:00:00Z","because":"Gone"}"""));
        await consumed.Closed.NextAsync(cancellation);

        var stopped = worker.StopAsync(cancellation);
        using var http = new HttpClient { BaseAddress = new Uri(worker.Urls.First()) };
        using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.False(stopped.IsCompleted);
        finish.SetResult();
        await stopped;
    }

    [Theory]
    [InlineData(25)]
    [InlineData(100, "--shutdownTimeoutSeconds=100")]
    public async Task A_worker_stops_before_ECS_kills_it_unless_it_is_given_more_time(int seconds, params string[] args)
    {
        await using var worker = BuildWith(_ => { }, args);

        Assert.Equal(TimeSpan.FromSeconds(seconds), worker.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    private static Task<int> EndAsync(Func<WebApplication> build, CancellationToken cancellation) =>
        WorkerHost.RunAsync(build).WaitAsync(cancellation);

    private static WebApplication BuildWithPart(Action<IHostApplicationLifetime> work) =>
        BuildWith(services => services.AddHostedService(provider => new Part(provider.GetRequiredService<IHostApplicationLifetime>(), work)));

    private static WebApplication BuildWith(Action<IServiceCollection> add, params string[] args)
    {
        var builder = WorkerHost.CreateBuilder(args, healthPort: 0);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHealthChecks();
        add(builder.Services);
        var worker = builder.Build();
        worker.MapHealthEndpoints();
        return worker;
    }

    /// <summary>Does its work once everything has started; before that, a failure would be one of starting.</summary>
    private sealed class Part(IHostApplicationLifetime life, Action<IHostApplicationLifetime> work) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = life.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken);
            work(life);
        }
    }
}
