using System.Buffers;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>Reads the bodies of runtimes.</summary>
internal static class RuntimeBody
{
    /// <summary>Null if the body exceeds the limit or is malformed.</summary>
    public static async Task<byte[]?> TryReadAsync(HttpRequest request, int limit)
    {
        try
        {
            while (true)
            {
                var result = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
                if (result.Buffer.Length > limit)
                    return null;
                if (result.IsCompleted)
                {
                    var payload = result.Buffer.ToArray();
                    request.BodyReader.AdvanceTo(result.Buffer.End);
                    return payload;
                }

                request.BodyReader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        }
        catch (BadHttpRequestException)
        {
            return null;
        }
    }
}
