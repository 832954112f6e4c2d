using System.Globalization;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Bench.Gateway;

/// <summary>
/// One server under test in a process of its own, so that its CPU and heap are its own. It prints its address, answers every line on
/// its input with a <see cref="Usage"/>, and ends with its input.
/// </summary>
internal static class Target
{
    public const string Gateway = "gateway", GatewayWithoutBill = "gateway-without-bill", Bare = "bare";

    public static async Task<int> ServeAsync(string kind)
    {
        await using var app = kind == Bare ? BuildBare() : BuildGateway(withBill: kind == Gateway);
        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        while (Console.ReadLine() is { } line)
            Console.WriteLine(Usage.OfThisProcess(collect: line == "collect"));
        return 0;
    }

    private static WebApplication BuildGateway(bool withBill) => GatewayHost.Build(new GatewayOptions
    {
        Port = 0,
        Bill = withBill,
        Throttle = new ThrottleOptions { RequestsPerSecond = 0, ConnectsPerSecond = 0 },
        Limits = new LimitOptions { IdleTimeout = TimeSpan.FromHours(1) },
    });

    /// <summary>The least that a web server can do with a post: read the body, answer 200. No routing, no headers of its own.</summary>
    private static WebApplication BuildBare()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var app = builder.Build();
        app.Run(async http =>
        {
            var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent((int)(http.Request.ContentLength ?? 0) + 1);
            while (await http.Request.Body.ReadAsync(buffer, http.RequestAborted) > 0)
            {
            }

            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
            http.Response.ContentLength = 0;
        });
        return app;
    }
}

/// <summary>What a process has used so far.</summary>
internal sealed record Usage(double CpuSeconds, long ManagedBytes, long AllocatedBytes, long WorkingSetBytes)
{
    public static Usage OfThisProcess(bool collect)
    {
        if (collect)
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return new Usage(
            process.TotalProcessorTime.TotalSeconds, GC.GetTotalMemory(false), GC.GetTotalAllocatedBytes(), process.WorkingSet64);
    }

    public static Usage Parse(string line)
    {
        var parts = line.Split(' ');
        return new Usage(double.Parse(parts[0], CultureInfo.InvariantCulture), Bytes(parts[1]), Bytes(parts[2]), Bytes(parts[3]));

        static long Bytes(string text) => long.Parse(text, CultureInfo.InvariantCulture);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{CpuSeconds} {ManagedBytes} {AllocatedBytes} {WorkingSetBytes}");
}
