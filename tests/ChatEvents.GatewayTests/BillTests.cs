using System.Text.Json;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Bills;
using ChatEvents.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.GatewayTests;

/// <summary>What AWS would charge for a run.</summary>
public sealed class BillTests
{
    private readonly FakeTime _time = new();

    private static Func<string, int> Gigabyte => _ => 1024;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(32 * 1024, 1)]
    [InlineData(33 * 1024, 2)] // the example of the price page
    [InlineData(128 * 1024, 4)]
    public void Messages_are_metered_in_steps_of_32_KB(int bytes, long units) => Assert.Equal(units, Ledger.Units(bytes));

    [Theory]
    [InlineData(1_000_000, 0, "1.00")] // the price page: $1.00 for a million messages
    [InlineData(0, 1_000_000, "0.25")] // and $0.25 for a million users that are connected for a minute
    [InlineData(2_500_000, 750_000, "2.6875")]
    public void The_examples_of_the_price_page_cost_what_it_says(long units, int minutes, string usd)
    {
        var at = _time.GetUtcNow();
        var usage = new Usage(at, at, new MessageUse(0, 0), new MessageUse(units, units), 1, minutes, new Dictionary<string, InvocationUse>(), 0, 0);

        var bill = Bill.For(usage, null, Gigabyte, PriceList.Current);

        Assert.Equal(decimal.Parse(usd, System.Globalization.CultureInfo.InvariantCulture), bill.TotalUsd);
        Assert.Equal(("us-east-1", "2026-11-30"), (bill.Region, bill.PricesOf));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_bill_of_a_session_is_the_one_computed_by_hand()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, Api.AllRoutes, _time);
        gateway.ServeAll();
        await using var first = await RawClient.ConnectAsync(gateway, "X-Client: first");
        await using var second = await RawClient.ConnectAsync(gateway, "X-Client: second");
        var id = (await gateway.EventAsync("connect", cancellation, e => e.GetProperty("headers").Text("X-Client") == "second")).ConnectionId();
        _time.Advance(TimeSpan.FromSeconds(60));

        await first.SendTextAsync("""{"action":"chat"}"""); // one unit in
        await gateway.EventAsync("chat", cancellation);
        (await gateway.PostAsync(id, new string('x', 33 * 1024))).Dispose(); // two units out
        (await gateway.PostAsync(id, "short")).Dispose(); // one
        (await gateway.PostAsync("Qv7kLd3mIAMCJw8=", "to nobody")).Dispose(); // none, but a request
        (await gateway.Http.DeleteAsync($"/local/@connections/{id}", cancellation)).Dispose(); // open for 60 s
        await gateway.EventAsync("disconnect", cancellation);
        await Patiently.UntilAsync("the functions' answers", () => !_time.ArmedTimers.Contains(TimeSpan.FromSeconds(29)), cancellation);
        _time.Advance(TimeSpan.FromSeconds(30)); // the first is open for 90 s

        using var bill = JsonDocument.Parse(await gateway.Http.GetStringAsync("/_gateway/bill", cancellation));

        var usage = bill.RootElement.GetProperty("usage");
        Assert.Equal((1, 1), (usage.GetProperty("in").GetProperty("messages").GetInt32(), usage.GetProperty("in").GetProperty("units").GetInt32()));
        Assert.Equal((2, 3), (usage.GetProperty("out").GetProperty("messages").GetInt32(), usage.GetProperty("out").GetProperty("units").GetInt32()));
        Assert.Equal(2.5m, usage.GetProperty("connectionMinutes").GetDecimal());
        Assert.Equal((2, 1, 1), (Invocations("connect"), Invocations("chat"), Invocations("disconnect")));
        Assert.Equal(5, usage.GetProperty("peakRequestsPerSecond").GetInt32());
        Assert.Equal(2, usage.GetProperty("peakConnectsPerSecond").GetInt32());
        // 4 units at $1, 2.5 minutes at $0.25 and 4 invocations at $0.20 a million; on the test's clock they took no time.
        Assert.Equal(0.000004m + 0.000000625m + 0.0000008m, bill.RootElement.GetProperty("totalUsd").GetDecimal());

        int Invocations(string function) => usage.GetProperty("functions").GetProperty(function).GetProperty("invocations").GetInt32();
    }

    [Fact]
    public void Invocations_are_charged_by_their_time_and_memory_and_open_connections_by_theirs()
    {
        var ledger = new Ledger(_time);
        ledger.Opened(_time.GetUtcNow());
        ledger.Invoked("chat", TimeSpan.FromMilliseconds(249.2));
        _time.Advance(TimeSpan.FromMinutes(6));

        var bill = Bill.For(ledger.Read(), null, Gigabyte, PriceList.Current);

        // 6 minutes, one invocation, and 250 ms of 1 GB.
        Assert.Equal(6 * 0.00000025m + 0.0000002m + 0.25m * 0.0000166667m, bill.TotalUsd);
        Assert.Equal(
            "On AWS (us-east-1, prices of 2026-11-30) this run would have cost $0.000006: 0 messages of 32 KB, in and out $0.000000; 6 connection minutes $0.000002; " +
            "1 invocations of functions $0.000000; 0.25 GB seconds of functions $0.000004. Most in one second: 0 requests, 0 connects",
            bill.ToString());
    }

    [Fact]
    public void A_function_is_charged_for_the_memory_that_it_has()
    {
        var ledger = new Ledger(_time);
        ledger.Invoked("small", TimeSpan.FromSeconds(4));
        ledger.Invoked("large", TimeSpan.FromSeconds(1));

        var bill = Bill.For(ledger.Read(), null, name => name == "small" ? 128 : 2048, PriceList.Current);

        // Half a GB second and two.
        Assert.Equal(2.5m, bill.Charges.Single(charge => charge.What == "GB seconds of functions").Quantity);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_the_hosting_program_counts_is_on_the_bill()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var other = new OtherUse(new QueueUse(Requests: 3_000_000, FifoRequests: 2_000_000), new TableUse(ReadUnits: 4_000_000.5m, WriteUnits: 2_000_000));
        await using var app = GatewayHost.Build(
            new() { Port = 0, Tls = { Folder = TestGateway.CertificateFolder }, Routes = { ["$default"] = new() { Mock = "" } } },
            builder => builder.Services.AddSingleton<ReadOtherUse>(_ => Task.FromResult(other)));
        await app.StartAsync(cancellation);

        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var bill = JsonDocument.Parse(await http.GetStringAsync("/_gateway/bill", cancellation));
        var said = GatewayHost.BillOf(app);
        await app.StopAsync(cancellation);

        // 3 million at $0.40, 2 at $0.50, 4 and a half unit at $0.125, 2 at $0.625.
        Assert.Equal(1.2m + 1m + 0.5000000625m + 1.25m, bill.RootElement.GetProperty("totalUsd").GetDecimal());
        Assert.Equal(2_000_000, bill.RootElement.GetProperty("other").GetProperty("queues").GetProperty("fifoRequests").GetInt32());
        Assert.Contains(
            "3000000 requests of SQS $1.200000; 2000000 requests of FIFO queues $1.000000; 4000000.5 read units of DynamoDB $0.500000; 2000000 write units $1.250000.",
            await said(cancellation),
            StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_does_not_count_has_no_bill()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await TestGateway.StartAsync(cancellation, options => options.Bill = false);

        using var answer = await gateway.Http.GetAsync("/_gateway/bill", cancellation);

        Assert.False(answer.IsSuccessStatusCode);
    }
}
