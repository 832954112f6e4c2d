using System.Diagnostics;
using ChatEvents.Local.Emulators;

namespace ChatEvents.ProtocolTests;

public sealed class EmulatorsTests(EmulatorsFixture emulators)
{
    [Fact(Timeout = 60_000)]
    public async Task Both_servers_answer()
    {
        using var dynamoDb = emulators.CreateDynamoDb();

        var tables = await dynamoDb.ListTablesAsync(TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.OK, tables.HttpStatusCode);
        using var http = new HttpClient();
        using var health = await http.GetAsync(new Uri(emulators.SqsUrl, "/health"), TestContext.Current.CancellationToken);
        Assert.NotEqual(System.Net.HttpStatusCode.InternalServerError, health.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Emulators_end_when_they_are_disposed_of()
    {
        Assert.SkipWhen(
            Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_SQS") is not null
            && Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_DYNAMODB") is not null,
            "Both servers are named by the environment, so none is started.");
        var own = await LocalEmulators.StartAsync(stopping: TestContext.Current.CancellationToken);
        var processes = own.ProcessIds.Select(Process.GetProcessById).ToList();
        Assert.NotEmpty(processes);

        await own.DisposeAsync();

        Assert.All(processes, process => Assert.True(process.HasExited));
    }
}
