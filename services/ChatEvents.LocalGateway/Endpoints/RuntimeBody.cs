using System.Buffers;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>Reads the bodies of runtimes.</summary>
internal static class RuntimeBody
{
    /// <summary>The body, or the status that refuses it: 413 if it exceeds the limit, 400 if it breaks off or its chunks are malformed.</summary>
    public static async Task<(byte[]? Payload, int Refusal)> ReadAsync(HttpRequest request, int limit)
    {
        try
        {
            while (true)
            {
                var result = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
                if (result.Buffer.Length > limit)
                    return (null, StatusCodes.Status413PayloadTooLarge);
                if (result.IsCompleted)
                {
                    var payload = result.Buffer.ToArray();
                    request.BodyReader.AdvanceTo(result.Buffer.End);
                    return (payload, 0);
                }

                request.BodyReader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        }
        catch (BadHttpRequestException)
        {
            return (null, StatusCodes.Status400BadRequest);
        }
    }
}
