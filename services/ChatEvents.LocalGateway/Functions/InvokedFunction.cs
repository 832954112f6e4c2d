using System.Net.Http.Headers;

namespace ChatEvents.LocalGateway.Functions;

/// <summary>A function elsewhere, called through Lambda's Invoke API (a runtime interface emulator, or anything that speaks it).</summary>
internal sealed class InvokedFunction(string name, Uri endpoint, HttpMessageInvoker http) : IFunction
{
    // Amazon's Runtime Interface Emulator calls every function "function", so a path in the setting is taken as it is.
    private readonly Uri _address = endpoint.AbsolutePath.Length > 1
        ? endpoint
        : new(endpoint, $"/2015-03-31/functions/{Uri.EscapeDataString(name)}/invocations");

    public string Name => name;

    public async Task<InvocationResult> InvokeAsync(byte[] payload, CancellationToken abandoning)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(payload) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-Amz-Invocation-Type", "RequestResponse");
        try
        {
            using var response = await http.SendAsync(request, abandoning);
            var answer = await response.Content.ReadAsByteArrayAsync(abandoning);
            if (!response.IsSuccessStatusCode)
                return InvocationResult.Failed("Invoke", $"{_address} answered {(int)response.StatusCode}");
            // A function's own failure is still 200, marked by this header.
            return response.Headers.Contains("X-Amz-Function-Error")
                ? InvocationResult.Failed(FunctionError.Parse(answer))
                : new InvocationResult(InvocationOutcome.Returned, answer);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return InvocationResult.Failed("Invoke", $"{_address} cannot be reached: {e.Message}");
        }
    }
}
