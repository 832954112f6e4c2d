namespace ChatEvents.Bench.ColdStart.Rivals;

/// <summary>The least that a function in .NET can do: take an invocation, answer it, begin again. No library, no event, no queue.</summary>
internal static class Bare
{
    public static async Task RunAsync()
    {
        var runtime = new Uri($"http://{Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API")}/2018-06-01/runtime/invocation/");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });
        while (true)
        {
            using var invocation = await http.GetAsync(new Uri(runtime, "next"));
            await invocation.Content.ReadAsByteArrayAsync();
            var id = invocation.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").First();
            using var answer = new ByteArrayContent("""{"statusCode":200}"""u8.ToArray());
            using var taken = await http.PostAsync(new Uri(runtime, $"{id}/response"), answer);
        }
    }
}
