namespace ChatEvents.LocalGateway.Configuration;

public sealed class RouteOptions
{
    /// <summary>The name of the function that the route invokes.</summary>
    public string Function { get; set; } = "";

    /// <summary>True sends the <c>body</c> of the function's answer back to the client. Default false: the answer is discarded.</summary>
    public bool RouteResponse { get; set; }
}
